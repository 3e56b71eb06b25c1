"""The errors of host terminals and their recordings."""

from __future__ import annotations

from daoflow_core.errors import DaoflowError


class TerminalRefused(DaoflowError):
    """A host gives no terminal, or the shell that was asked for could not be started."""

    code = "TERMINAL_REFUSED"


class TtyRequired(DaoflowError):
    """What was asked for needs a real terminal on both sides, and there is none here."""

    code = "TTY_REQUIRED"
