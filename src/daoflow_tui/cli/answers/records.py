"""Answers about what was recorded, and about the program itself."""

from __future__ import annotations

from typing import Any, Literal

from daoflow_tui.cli.answers.base import Answer, Moment


class Operation(Answer):
    """A recorded operation; one on a tunnel has no server, its result names the tunnel."""

    id: str
    serverId: str | None
    serverName: str | None
    kind: str
    status: Literal["running", "completed", "partial", "failed", "interrupted", "cancelled"]
    dryRun: bool
    requestedBy: str
    permissionScope: str
    summary: str
    result: dict[str, Any]
    error: str | None
    errorCode: str | None
    startedAt: Moment
    completedAt: Moment | None


class LogLine(Answer):
    """One line of an operation's log."""

    operationId: str
    sequence: int
    createdAt: Moment
    stream: Literal["info", "run", "stdout", "stderr", "exit", "error"]
    message: str


class HistoryServer(Answer):
    """Whose history it is; `removedAt` is set when the server is no longer in the inventory."""

    id: str
    name: str
    removedAt: Moment | None


class History(Answer):
    """A server's operations, newest first."""

    server: HistoryServer
    operations: list[Operation]


class Logs(Answer):
    """An operation and a page of its log, oldest first."""

    operation: Operation
    logs: list[LogLine]


class OperationShown(Answer):
    """One operation with its result."""

    operation: Operation


class Ending(Answer):
    """An operation that was asked to end, and whether it has."""

    operation: Operation
    ended: bool


class OperationsExport(Answer):
    """What an export holds."""

    file: str
    operations: int
    lines: int


class ServerName(Answer):
    """A server that uses an asset."""

    id: str
    name: str


class SshKey(Answer):
    """A managed key, public facts only."""

    id: str
    name: str
    username: str | None
    fingerprint: str
    keyType: str
    bits: int
    publicKey: str
    hasPrivateKey: Literal[True]
    createdAt: Moment
    updatedAt: Moment
    rotatedAt: Moment | None
    lastUsedAt: Moment | None
    servers: list[ServerName]


class SshKeys(Answer):
    """The key inventory."""

    keys: list[SshKey]


class AuditEntry(Answer):
    """One row of the audit trail."""

    sequence: int
    createdAt: Moment
    actor: str
    permissionScope: str
    action: str
    targetResource: str
    phase: Literal["intent", "outcome", "denied"]
    outcome: str
    operationId: str | None
    detail: dict[str, Any]
    hash: str


class AuditEntries(Answer):
    """The audit trail, newest first."""

    entries: list[AuditEntry]


class AuditVerification(Answer):
    """What a walk over the whole trail found; `headMacOk` is null while the vault is locked.

    `database` is set for an export; `notSeen` says in words what the check could not have seen.
    """

    ok: bool
    entries: int
    firstBadSequence: int | None
    reason: str | None
    headMacOk: bool | None
    triggersOk: bool | None
    anchorsChecked: int
    anchorsDamaged: int
    rollbackChecked: bool
    notSeen: list[str]
    database: str | None


class AuditEntryShown(AuditEntry):
    """One row with the hash it hangs on."""

    previous: str


class AuditExport(Answer):
    """The file that was made."""

    file: str
    format: Literal["jsonl", "ocsf"]
    database: str
    firstSequence: int
    lastSequence: int
    entries: int
    hash: str


class AuditAnchor(Answer):
    """Where the trail stands."""

    database: str
    sequence: int
    hash: str
    at: Moment
    mac: str


class Finding(Answer):
    """One check of the doctor."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    nextStep: str | None


class FindingCounts(Answer):
    """How many checks ended how."""

    total: int
    ok: int
    warnings: int
    failures: int


class Doctor(Answer):
    """Every check; also beside the error when one failed."""

    checks: list[Finding]
    summary: FindingCounts


class Polled(Answer):
    """What `poll --once` did; nothing when another process polls this store."""

    checked: int
    anotherPoller: bool


class Setting(Answer):
    """One setting and where it comes from."""

    key: str
    value: str | int | bool | list[str]
    source: str


class Files(Answer):
    """Where this program keeps its files."""

    config: str
    database: str


class Configuration(Answer):
    """Every setting in force."""

    settings: list[Setting]
    files: Files


class KeyBinding(Answer):
    """A command of the console and its keys."""

    place: str
    id: str
    keys: list[str]
    title: str


class KeyBindings(Answer):
    """Every command of the console."""

    commands: list[KeyBinding]


class KeyFault(Answer):
    """A rebound key that can't be taken."""

    ids: list[str]
    sentence: str


class KeyCheck(Answer):
    """What is wrong with the operator's own keys."""

    checked: int
    faults: list[KeyFault]


class Version(Answer):
    """The answer of `--version`."""

    version: str


class Schemas(Answer):
    """JSON Schemas by command; `failure` is what any command may answer instead."""

    schemas: dict[str, Any]
