"""Commands that several lists share: search, copy, JSON, the log behind a row."""

from __future__ import annotations

from typing import Protocol

from daoflow_tui.commands.base import AnyCommand, Command

NO_ROW = "There is no row to act on: the list is empty, or the filter hides every row."


class HasRows(Protocol):
    """A place whose rows can be searched, copied, shown as JSON, and have a log."""

    def open_search(self) -> None:
        """Begin to filter or search."""

    def copy_row(self) -> None:
        """Offer what can be copied."""

    def show_json(self) -> None:
        """Show the row as JSON."""

    async def open_log(self) -> None:
        """Open the log behind the row."""

    def why_no_log(self) -> str | None:
        """Why there is no log, or None."""

    @property
    def row_id(self) -> str | None:
        """The row under the cursor."""


class Filter(Command[HasRows]):
    """Show only rows with these words; !word hides them, env:prod and state:blocked ask one column."""

    id, keys, title, group, footer = "list.filter", ("/",), "filter", "Lists", 10

    def run(self, place: HasRows) -> None:
        """Open the line to type into."""
        place.open_search()


class _OnRow(Command[HasRows]):
    group = "Lists"

    def why_off(self, place: HasRows) -> str | None:
        return None if place.row_id else NO_ROW


class Copy(_OnRow):
    """Copy a name, an id, an address, a fingerprint or the row as JSON."""

    id, keys, title, footer = "row.copy", ("y",), "copy", 60

    def run(self, place: HasRows) -> None:
        """Offer what there is."""
        place.copy_row()


class Json(_OnRow):
    """Show everything known about the row as JSON."""

    id, keys, title = "row.json", ("J",), "as JSON"

    def run(self, place: HasRows) -> None:
        """Open it."""
        place.show_json()


class Log(_OnRow):
    """Open the log of the last operation behind the row."""

    id, keys, title, footer = "row.log", ("L",), "log", 55

    def why_off(self, place: HasRows) -> str | None:
        """No row, or no operation was recorded for it."""
        return super().why_off(place) or place.why_no_log()

    async def run(self, place: HasRows) -> None:
        """Open it full screen."""
        await place.open_log()


ROW_COMMANDS: tuple[AnyCommand, ...] = (Filter, Copy, Json, Log)
