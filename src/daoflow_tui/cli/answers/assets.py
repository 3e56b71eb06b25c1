"""Answers about access assets: public facts only, each field named here and nowhere taken from a record whole."""

from __future__ import annotations

from typing import Literal

from daoflow_tui.cli.answers.base import Answer
from daoflow_tui.cli.answers.records import ServerName, SshKey
from daoflow_tui.cli.answers.servers import Registered, ServerShow


class SshKeyShow(Answer):
    """One managed key."""

    key: SshKey


class SshKeyTaken(SshKeyShow):
    """A key that is new in the inventory."""

    warnings: list[str]


class Proof(Answer):
    """Whether the new key was seen to log in to a server, or why not."""

    server: ServerName
    proven: bool
    code: str | None
    reason: str | None


class SshKeyRotated(SshKeyShow):
    """A key after its rotation."""

    previousFingerprint: str
    forced: bool
    proofs: list[Proof]
    warnings: list[str]


class SshKeyAttached(Registered):
    """The server as it stands with the key, and the key."""

    sshKey: SshKey


class SshKeyDetached(ServerShow):
    """The server as it stands without a key; `detached` is false when it had none."""

    detached: bool
    sshKey: SshKey | None


class AssetDeleted(Answer):
    """A key or certificate that is gone, and the servers it was taken from."""

    deleted: Literal[True]
    id: str
    name: str
    detachedFrom: list[ServerName]
