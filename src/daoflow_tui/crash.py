"""What is printed when the program fails: the kind of error and where, never the values it was working on."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from rich.text import Text

from daoflow_core.errors import DaoflowError
from daoflow_core.redaction import redact
from daoflow_core.text import clean

if TYPE_CHECKING:
    from textual.app import App

    _Base = App[None]
else:
    _Base = object

_FRAMES = 8
_PACKAGES = ("daoflow_core", "daoflow_tui", "textual")


class QuietCrash(_Base):
    """Mixin, named before the app: Textual's own crash screen shows local variables, and so secrets."""

    def _fatal_error(self) -> None:
        self.bell()
        report = crash_report(sys.exc_info()[1] or self._exception)
        self._exit_renderables.append(Text(report, no_wrap=False))
        self._close_messages_no_wait()


def crash_report(error: BaseException | None) -> str:
    """The report in a few lines; messages are told only of our own errors, others may quote a secret."""
    lines = [f"daoflow-tui stopped on an error it did not expect: {' from '.join(_kinds(error))}"]
    if isinstance(error, DaoflowError):
        told = (f"{error.code}: {error.message}", error.why, error.next_step)
        lines += [f"  {redact(clean(words))}" for words in told if words]
    lines += [f"  at {place}" for place in _places(error)]
    lines += [
        "Operations that were running here are shown as interrupted at the next start.",
        "Values of variables are left out on purpose: they may hold secrets.",
    ]
    return "\n".join(lines)


def _kinds(error: BaseException | None) -> Iterator[str]:
    """The error's type and code, then those of the errors it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        code = f" ({error.code})" if isinstance(error, DaoflowError) else ""
        yield f"{type(error).__name__}{code}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(error: BaseException | None) -> Iterator[str]:
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    for frame in frames[-_FRAMES:]:
        yield f"{_short(frame.filename)}:{frame.lineno} in {frame.name}"


def _short(filename: str) -> str:
    """A file's path from its package on; the rest would tell about this machine."""
    parts = PurePath(filename).parts
    starts = [index for index, part in enumerate(parts) if part in _PACKAGES]
    return "/".join(parts[starts[-1] :] if starts else parts[-1:])
