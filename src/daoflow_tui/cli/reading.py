"""Store-only reads when the store can't be written: a full disk is no reason to leave an operator blind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from daoflow_core.errors import StoreFull, StoreReadOnly
from daoflow_tui.cli import envelope
from daoflow_tui.cli.call import Result, current, with_console

if TYPE_CHECKING:
    from daoflow_core.console import Console


def reading(
    what: str, work: Callable[[Console], Awaitable[Result]], from_data: Callable[[dict[str, Any]], Result]
) -> Result:
    """The answer through the console; when that can't write, the same answer from a look that writes nothing."""
    try:
        return with_console(work)
    except (StoreReadOnly, StoreFull) as error:
        from daoflow_core import config
        from daoflow_core.paths import Paths
        from daoflow_tui.hot import look

        call = current()
        if call.by_token:  # that look knows no scopes
            raise
        settings = config.load(Paths.locate(call.environ).config_file, call.environ, call.overrides())
        data = look(what, call.environ, settings.poll_interval_ms)
        if not call.as_json:
            envelope.warn(f"note: nothing can be recorded now: {error.message} ({error.why}).")
        return from_data(data)
