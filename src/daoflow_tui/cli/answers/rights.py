"""Answers about tokens and grants."""

from __future__ import annotations

from typing import Literal

from daoflow_tui.cli.answers.base import Answer, Moment

Scope = Literal["server:read", "server:write", "terminal:open"]
Standing = Literal["active", "expired", "revoked"]


class Token(Answer):
    """What a token may, and how it stands; `servers` is null for all of them, `reason` says why it is over."""

    id: str
    name: str
    prefix: str
    scopes: list[Scope]
    servers: list[str] | None
    createdAt: Moment
    createdBy: str
    expiresAt: Moment
    lastUsedAt: Moment | None
    revokedAt: Moment | None
    revokedBy: str | None
    status: Standing
    reason: str | None


class TokenMade(Answer):
    """A new token; `value` is its only appearance, null for a dry run."""

    dryRun: bool
    token: Token
    value: str | None


class Tokens(Answer):
    """Every token, oldest first."""

    tokens: list[Token]


class TokenEnded(Answer):
    """The token that was revoked."""

    token: Token


class Grant(Answer):
    """One scope for one person on one server, for a time; `why` says why it is over.

    With `record` every shell opened by it is recorded.
    """

    id: str
    scope: Literal["terminal:open"]
    serverId: str
    grantedTo: str
    reason: str
    record: bool
    createdAt: Moment
    expiresAt: Moment
    revokedAt: Moment | None
    revokedBy: str | None
    status: Standing
    why: str | None


class Granted(Answer):
    """The grant that was made or ended."""

    grant: Grant


class Grants(Answer):
    """Every grant, oldest first."""

    grants: list[Grant]
