"""The last net: what to say, and what to keep, when the program itself is at fault."""

from __future__ import annotations

import os
from collections.abc import Mapping

from daoflow_core.errors import EXIT_FAILED, DaoflowError


class InternalError(DaoflowError):
    """A fault of the program, not of the operator; the crash file holds what a developer needs."""

    code = "INTERNAL"
    exit_status = EXIT_FAILED


def explain(error: Exception, environ: Mapping[str, str]) -> InternalError:
    """The error an operator is told; the traceback goes to a private file, without any value."""
    file = _keep(error, environ)
    kept = f"Report it with {file}." if file else "Report it; no crash file could be written."
    return InternalError(
        "daoflow-tui met a fault of its own.",
        why=f"It stopped on a {type(error).__name__}; its message is left out, as it may hold a secret.",
        next_step=f"What was recorded is safe. {kept}",
        crashFile=file,
    )


def _keep(error: Exception, environ: Mapping[str, str]) -> str | None:
    """Write the crash file, 0600, into the state folder; None when that is not possible."""
    import traceback

    from daoflow_core.clock import SystemClock, stamp
    from daoflow_core.paths import Paths
    from daoflow_core.redaction import redact

    places = "".join(traceback.format_tb(error.__traceback__))
    text = redact(f"{places}{type(error).__qualname__}\n")
    try:
        paths = Paths.locate(environ)
        paths.prepare()
        moment = stamp(SystemClock().now()).replace(":", "")
        name = paths.state_dir / f"crash-{moment}-{os.getpid()}.txt"
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except (OSError, DaoflowError):
        return None
    return str(name)
