"""Answers about servers."""

from __future__ import annotations

from typing import Literal

from daoflow_tui.cli.answers.base import Answer, Environment, Kind, Moment, Status
from daoflow_tui.cli.answers.swarm import SwarmBrief


class Server(Answer):
    """One server of the inventory; `status` may also be `pending host identity approval`."""

    id: str
    name: str
    host: str
    sshPort: int
    sshUser: str
    region: str
    kind: Kind
    targetKind: Kind
    swarmTopology: SwarmBrief | None
    environment: Environment | None
    status: Status | Literal["pending host identity approval"]
    local: bool
    readOnly: bool
    dockerVersion: str | None
    composeVersion: str | None
    sshKeyId: str | None
    sshKeyName: str | None
    agentFingerprint: str | None
    hostKeyFingerprint: str | None
    createdAt: Moment
    updatedAt: Moment


class Readiness(Answer):
    """What the newest check found; null is *not known*."""

    readinessStatus: Status
    sshReachable: bool | None
    dockerReachable: bool | None
    composeReachable: bool | None
    latencyMs: int | None
    checkedAt: Moment | None
    dockerVersion: str | None
    composeVersion: str | None
    cpuPercent: int | None
    memPercent: int | None
    diskPercent: int | None
    usesSudo: bool
    operationId: str | None
    issues: list[str]
    issueCodes: list[str]
    recommendedActions: list[str]


class ShownKey(Answer):
    """A host key of the newest scan."""

    algorithm: str
    fingerprint: str
    status: Literal["observed", "approved", "superseded"]


class HostIdentity(Answer):
    """How the keys shown stand to the one trusted."""

    verification: Literal["unapproved", "match", "mismatch"]
    approved: str | None
    approvedAt: Moment | None
    approvedBy: str | None
    shown: list[ShownKey]


class ServerShow(Answer):
    """One server with everything known about it; `hostIdentity` is null for a local one."""

    server: Server
    readiness: Readiness
    hostIdentity: HostIdentity | None
    nextSteps: list[str]


class KeyUse(Answer):
    """The managed key a server logs in with; reused when the inventory had it before."""

    id: str
    reused: bool


class Registered(ServerShow):
    """A server as it stands after it was added or changed."""

    key: KeyUse | None
    warnings: list[str]


class PlannedKey(Answer):
    """Public facts of the key that would be taken in."""

    fingerprint: str
    type: str
    reused: bool


class Planned(Answer):
    """What `server add --dry-run` would register."""

    dryRun: Literal[True]
    name: str
    host: str
    region: str
    sshPort: int
    sshUser: str
    kind: Kind
    environment: Environment | None
    sshKeyId: str | None
    agentFingerprint: str | None
    sshPrivateKeyProvided: bool
    key: PlannedKey | None


class ServerList(Answer):
    """The inventory."""

    servers: list[Server]


class Removed(Answer):
    """A server that was taken out of the inventory."""

    removed: Literal[True]
    serverId: str
    serverName: str
    removedAt: Moment


class ImportedServer(Answer):
    """A host of the file that was registered, or would be; `keyProblem` says why it got no key."""

    id: str | None
    name: str
    host: str
    sshPort: int
    sshUser: str
    keyProblem: str | None


class SkippedHost(Answer):
    """A host of the file that was not registered."""

    name: str
    reason: str


class IgnoredLine(Answer):
    """A line of the file without effect here."""

    place: str
    keyword: str
    reason: str


class Import(Answer):
    """What became of every host of an ssh_config file."""

    dryRun: bool
    added: list[ImportedServer]
    skipped: list[SkippedHost]
    ignored: list[IgnoredLine]


class HostKey(Answer):
    """A host key a server ever showed."""

    id: str
    serverId: str
    algorithm: str
    publicKey: str
    fingerprint: str
    status: Literal["observed", "approved", "superseded"]
    observedAt: Moment
    lastObservedAt: Moment
    approvedAt: Moment | None
    approvedBy: str | None
    supersededAt: Moment | None


class HostKeys(HostIdentity):
    """Everything known of a server's host keys."""

    serverId: str
    identities: list[HostKey]


class Summary(Answer):
    """The fleet in numbers; the average is over successful checks through SSH, null without one."""

    totalServers: int
    readyServers: int
    attentionServers: int
    blockedServers: int
    unknownServers: int
    staleServers: int
    pollIntervalMs: int
    averageLatencyMs: int | None


class Check(Readiness):
    """One server in `status`."""

    id: str
    name: str
    status: Status
    environment: Environment | None
    kind: Kind
    local: bool
    ageSeconds: int | None
    stale: bool
    serverId: str
    serverName: str
    serverHost: str
    sshPort: int
    targetKind: Kind
    swarmTopology: SwarmBrief | None
    serverStatus: Status | Literal["pending host identity approval"]
    statusTone: Literal["healthy", "running", "failed", "queued"]


class FleetChecks(Answer):
    """All servers, worst first."""

    summary: Summary
    checks: list[Check]


class CertificateEnding(Answer):
    """A certificate that has ended or ends within 30 days; critical is within 7."""

    id: str
    name: str
    status: Literal["expired", "critical", "expiring"]
    validUntil: Moment
    daysLeft: int


class CertificatesEnding(Answer):
    """How many certificates there are, and those that end, soonest first."""

    total: int
    ending: list[CertificateEnding]


class FleetStatus(Answer):
    """The answer of `status`, and one line of `status --watch`."""

    servers: FleetChecks
    certificates: CertificatesEnding
