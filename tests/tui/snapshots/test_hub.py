"""What the hub's tabs look like, drawn from fixed values under a clock that stands still."""

from __future__ import annotations

from textual.pilot import Pilot

from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus, Stream
from daoflow_core.stamps import stamp
from daoflow_tui.screens.panes.cleanup_news import CleanupNews
from daoflow_tui.screens.panes.log_reading import drawn
from daoflow_tui.screens.panes.resource_news import ResourceNews
from daoflow_tui.screens.server import ServerScreen
from daoflow_tui.screens.times import Times
from tui import hub_values as values
from tui.snapshots.test_places import NOW, console

SERVER = "srv_77"


def operation(
    kind: OperationKind, result: dict, number: str, *, status=OperationStatus.COMPLETED, ago: float = 120
) -> Operation:
    return Operation(
        f"op_01j9zk7f00000000000000{number}", SERVER, "edge-us-2", kind, status, kind is not OperationKind.CLEANUP_RUN,
        "mara", "server:write", f"{kind.value} of edge-us-2", values.at(NOW, seconds=ago), values.at(NOW, seconds=ago - 9.4),
        result,
    )  # fmt: skip


async def open_tab(pilot: Pilot[None], digit: str):
    """The hub of the fixed fleet's busiest server, on one tab, with nothing read from anywhere."""
    screen = ServerScreen(SERVER, digit)
    await pilot.app.push_screen(screen)
    await pilot.pause()
    return screen.pane


def cleanup_news() -> CleanupNews:
    preview = operation(OperationKind.CLEANUP_PREVIEW, values.preview(NOW).document(), "d4")
    run = operation(OperationKind.CLEANUP_RUN, values.run("op_x").document(), "88", ago=4 * 86400)
    return CleanupNews(preview, preview, (run,))


async def show_cleanup(pilot: Pilot[None]) -> None:
    pane = await open_tab(pilot, "3")
    pane.why_no_run = lambda: None  # no core is open here to be asked
    pane.take(cleanup_news())
    await pilot.pause()


async def unfold(pilot: Pilot[None]) -> None:
    await show_cleanup(pilot)
    await pilot.press("enter")
    await pilot.pause()


def test_cleanup_preview_120x36(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(120, 36), run_before=unfold)


def test_cleanup_preview_80x24(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(80, 24), run_before=show_cleanup)


async def show_resources(pilot: Pilot[None]) -> None:
    pane = await open_tab(pilot, "2")
    checked = operation(OperationKind.RESOURCE_CHECK, {}, "c2", ago=16)
    pane.take(
        ResourceNews(
            values.snapshot(NOW), values.trend(NOW), checked, None, values.preview(NOW), values.NEEDS
        )
    )
    await pilot.pause()


def test_resources_120x36(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(120, 36), run_before=show_resources)


LOG = (
    (Stream.INFO, "removes what the preview op_01j9zk7f00000000000000b1 lists: 20 items"),
    (Stream.RUN, "docker container rm (6 ids)"),
    (Stream.STDOUT, "4f1c9a"),
    (Stream.EXIT, "exit 0 after 1.9 s"),
    (Stream.RUN, "docker image rm (14 ids)"),
    (Stream.STDERR, "conflict: image is being used by running container 77ab12"),
    (Stream.EXIT, "exit 1 after 2.8 s"),
    (Stream.ERROR, "2 of 3 commands ended well; freed 6.4 GB of 12.4 GB foretold"),
)


async def show_history(pilot: Pilot[None]) -> None:
    pane = await open_tab(pilot, "6")
    partial = operation(
        OperationKind.CLEANUP_RUN, values.run("op_01j9zk7f00000000000000b1").document(), "b7",
        status=OperationStatus.PARTIAL, ago=11000,
    )  # fmt: skip
    others = (
        operation(OperationKind.CLEANUP_PREVIEW, {}, "d4"),
        operation(OperationKind.RESOURCE_CHECK, {}, "c2", status=OperationStatus.FAILED, ago=300),
        operation(OperationKind.PATCH_PLAN, {}, "a0", ago=2500),
    )
    pane.take([*others, partial])
    pane.table.move_to(partial.id)
    lines = [LogLine(partial.id, number + 1, stamp(NOW), *line) for number, line in enumerate(LOG)]
    pane.log_of.take(partial, len(lines))
    pane.log_of.view.fill(0, [drawn(line, Times.UTC) for line in lines])
    await pilot.pause()


def test_history_of_a_partial_run_120x36(snap_compare, tmp_path, monkeypatch):
    assert snap_compare(console(tmp_path, monkeypatch), terminal_size=(120, 36), run_before=show_history)
