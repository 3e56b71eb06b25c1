"""What went wrong at a hop, or between a hop and what is behind it, in words for an operator that name the hop."""

from __future__ import annotations

import shlex

import asyncssh

from daoflow_core.errors import (
    AgentUnavailable,
    AuthFailed,
    DaoflowError,
    HostIdentityChanged,
    Unreachable,
    VaultLocked,
)
from daoflow_core.jump_errors import JumpHostUnusable
from daoflow_core.model.host import Target
from daoflow_core.model.server import Endpoint
from daoflow_core.redaction import redact
from daoflow_core.text import clean

OURS = (VaultLocked, AgentUnavailable, JumpHostUnusable)
"""Errors that say nothing about the hop, or name the one that stands in the way already."""


def blocked(hop: Target, error: DaoflowError) -> DaoflowError:
    """The error for a server whose hop could not be logged in to."""
    if isinstance(error, OURS):
        return error
    reason = (
        "changed"
        if isinstance(error, HostIdentityChanged)
        else "login"
        if isinstance(error, AuthFailed)
        else "down"
    )
    return unusable(hop, reason, f"{error.message} {error.why}".strip())


def unusable(hop: Target, reason: str, why: str) -> JumpHostUnusable:
    """A hop that stands in the way."""
    return JumpHostUnusable(
        f"The jump host {hop.name} can't be used, so nothing was sent to what is behind it.",
        why=why,
        next_step=f"See what is wrong with it: `server check --server {shlex.quote(hop.name)}`.",
        reason=reason,
        hop=hop.name,
        hopId=hop.server_id,
    )


def withdrawn(hop: Target) -> JumpHostUnusable:
    """The hop's connection was ended here."""
    why = "Its connection was ended here: it was changed meanwhile, or the program is ending."
    return unusable(hop, "down", why)


def no_answer(hop: Target, endpoint: Endpoint, seconds: float) -> Unreachable:
    """The hop did not say in time whether it reached the server."""
    why = f"A firewall drops the traffic between them, the server is off, or {hop.name} itself stopped answering."
    return _apart(hop, endpoint, f"{hop.name} did not reach {endpoint.address} within {seconds:g} s.", why)


def not_forwarded(hop: Target, endpoint: Endpoint, error: Exception, *, lost: bool) -> Unreachable:
    """The hop said that it can't or won't connect to the server."""
    if lost:
        return unusable(hop, "down", "Its connection broke while it was asked to connect further.")
    said = redact(clean(str(error)))[:300]
    if isinstance(error, asyncssh.ChannelOpenError) and error.code != asyncssh.OPEN_CONNECT_FAILED:
        return unusable(hop, "forbids", f"It forwards no connection to {endpoint.address}: {said}.")
    return _apart(hop, endpoint, f"{hop.name} can't connect to {endpoint.address}.", f"It says: {said}.")


def _apart(hop: Target, endpoint: Endpoint, message: str, why: str) -> Unreachable:
    by_hand = f"Try it on {hop.name} by hand: `nc -vz -w 5 {endpoint.host} {endpoint.port}`."
    return Unreachable(
        message, why=why, next_step=by_hand, reason="jump", hop=hop.name, address=endpoint.address
    )
