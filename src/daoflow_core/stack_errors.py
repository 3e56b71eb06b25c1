"""What keeps a compose file from being taken, or a stack from being changed."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class ComposeRejected(DaoflowError):
    """A compose file or its env file can't be read as what it is; `reason` and `line` are in the details."""

    code = "COMPOSE_REJECTED"


class StackRefused(DaoflowError):
    """The plan of a change found what its target can't do; `refusals` in the details lists all of it."""

    code = "STACK_REFUSED"
