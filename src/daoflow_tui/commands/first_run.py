"""What can be done before there is a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.first_run import CandidateTable, FirstRun


class AddTicked(Command["CandidateTable"]):
    """Add the ticked hosts of ~/.ssh/config; each then waits for its host key to be approved."""

    id, keys, title, short, group, footer = (
        "first-run.add-ticked",
        ("enter",),
        "add the ticked",
        "add",
        "First run",
        1,
    )
    danger, scope = Danger.RECORDS, "server.import"

    def why_off(self, table: CandidateTable) -> str | None:
        """Something has to be ticked."""
        return None if table.marked else "No host is ticked: space ticks the one under the cursor."

    def run(self, table: CandidateTable) -> None:
        """Add them."""
        table.add_ticked()


class OpenDemo(Command["FirstRun"]):
    """Look around in the demo fleet: real SSH servers inside this program; nothing leaves this machine."""

    id, keys, title, short, group, footer = "first-run.demo", ("m",), "demo fleet", "demo", "First run", 52

    def run(self, screen: FirstRun) -> None:
        """End here, begin there."""
        screen.open_demo()


FIRST_RUN: tuple[AnyCommand, ...] = (OpenDemo,)
