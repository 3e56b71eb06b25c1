"""The latest operations as a short list."""

from __future__ import annotations

from collections.abc import Iterable

from daoflow_tui.desk import Desk
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.times import short_time
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

COLUMNS = (
    Column("state", "OUTCOME", 11),
    Column("when", "WHEN", 8, "right"),
    Column("server", "SERVER", 10, flex=True),
    Column("what", "WHAT", 15),
    Column("id", "ID", 8, drop=1),
)
ONE = (
    Column("state", "OUTCOME", 11),
    Column("when", "WHEN", 8, "right"),
    Column("summary", "HOW IT WENT", 20, flex=True),
    Column("what", "WHAT", 15, drop=2),
    Column("id", "ID", 8, drop=1),
)


class Latest(VirtualTable):
    """What was asked of servers, newest first; enter opens a log, and follows it while it runs."""

    def __init__(self, empty: str = "Nothing was asked of a server yet.", *, of_one: bool = False) -> None:
        super().__init__(ONE if of_one else COLUMNS, empty=empty, marking=False)
        self._of_one = of_one

    def tell(self, operations: Iterable[OperationView], desk: Desk) -> None:
        """Show these; the newest stays in sight unless the keyboard is in this list."""
        now = desk.now()
        self.set_rows(
            Row(
                one.id,
                (
                    one.state,
                    short_time(one.started_at, now, desk.times),
                    one.summary if self._of_one else one.server_name,
                    one.words,
                    Toned(one.short_id, Role.MUTED),
                ),
            )
            for one in operations
        )
        if not self.has_focus:
            self.move(-len(self.rows))
