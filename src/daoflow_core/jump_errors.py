"""The errors of jump hosts: a wish that can't be, and a hop that stands in the way."""

from __future__ import annotations

from daoflow_core.errors import InvalidInput, Unreachable


class JumpHostRefused(InvalidInput):
    """A server can't be reached through that one; `reason`: self, cycle, depth, local or removed."""

    code = "JUMP_HOST_REFUSED"


class JumpHostUnusable(Unreachable):
    """The jump host of a server stands in the way, so nothing was sent to the server; `hop` in the details names it.

    `reason`: unapproved, changed, no-key, login, down, forbids or removed.
    """

    code = "JUMP_HOST_UNUSABLE"
