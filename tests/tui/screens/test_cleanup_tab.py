"""Cleanup by keyboard alone: preview, review, confirm, run, compare; and everything that refuses."""

from __future__ import annotations

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.errors import Unreachable
from daoflow_core.model.operation import OperationStatus, Stream
from daoflow_core.model.server import Environment
from daoflow_core.preview_errors import PreviewExpired
from daoflow_core.services.access import Principal


@pytest.fixture
def open_cleanup(open_hub):
    """The hub on its third tab."""
    import contextlib

    @contextlib.asynccontextmanager
    async def open_it(**named):
        async with open_hub(**named) as operator:
            await operator.press("3")
            await operator.sees("No cleanup was previewed on this server yet", "preview a cleanup")
            yield operator

    return open_it


async def previewed(operator):
    await operator.press("p")
    await operator.sees("stopped containers", "Frees about", "12.4 GB")
    await operator.until(lambda: operator.app.screen.focused is operator.app.screen.pane.items)


async def refusal(operator, words: str) -> None:
    """`!` opens nothing and says why."""
    if "under way" not in words:
        await operator.until(
            lambda: not operator.app.desk.asked
        )  # its end is on screen a moment before it is back here
    await operator.press("!")
    await operator.told(words)
    assert type(operator.app.screen).__name__ == "ServerScreen"
    assert not any("run" in one for one in operator.cleanup.asked)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_five_steps_by_keyboard_alone(open_cleanup, size):
    async with open_cleanup(size=size) as operator:
        release = operator.cleanup.script.hold(operator.loop)
        await operator.press("p")
        await operator.sees("docker ps -a", "esc leaves it running")
        release()
        await previewed_without_asking(operator)
        await operator.press("enter")
        await operator.sees("web-old-1", "exited 8d ago")
        await operator.press("h")
        await operator.until(lambda: "web-old-1" not in operator.screen())
        await operator.press("!")
        await operator.sees(
            "Run this cleanup on edge-1?", "6 containers, 14 images, 88 build cache entries", "every volume"
        )
        assert operator.app.focused.id == "button-cancel"
        await operator.press("tab")
        await operator.type("edge-1")
        await operator.press("enter")
        await operator.sees(
            "Cleanup run",
            "Freed",
            "6.4 GB   foretold 12.4 GB",
            "1 item was already gone",
            "2 new ones left alone",
        )
        preview = next(one for one in operator.app.desk.operations if one.kind == "cleanup_preview")
        assert operator.cleanup.asked[-1] == {"run": preview.id, "volumes": False}


async def previewed_without_asking(operator):
    await operator.sees("stopped containers")
    await operator.until(lambda: operator.app.screen.focused is operator.app.screen.pane.items)


async def test_enter_never_confirms_and_a_wrong_name_changes_nothing(open_cleanup):
    async with open_cleanup() as operator:
        await previewed(operator)
        await operator.press("!")
        await operator.sees("Run this cleanup on edge-1?", "off: the server's name is not typed yet")
        await operator.press("enter")
        await operator.until(lambda: type(operator.app.screen).__name__ == "ServerScreen")
        await operator.press("!")
        await operator.sees("Run this cleanup on edge-1?")
        await operator.press("tab")
        await operator.type("edge-2")
        await operator.press("enter")
        await operator.sees("This is not the server's name. Nothing was changed.")
        await operator.press("escape")
        assert not any("run" in one for one in operator.cleanup.asked)


async def test_volumes_make_a_new_preview_and_ask_for_their_number(open_cleanup):
    async with open_cleanup() as operator:
        await previewed(operator)
        await operator.sees("KEPT  v includes them")
        release = operator.cleanup.script.hold(operator.loop)
        await operator.press("v")
        await operator.sees("docker ps -a")
        await refusal(operator, "under way already")
        release()
        await operator.sees("16.3 GB in 113 items", "(5 such)")
        assert operator.cleanup.asked[-1] == {"preview": True}
        await operator.press("!")
        await operator.sees("5 volumes", "pgdata-0, pgdata-1", "the data of 5 volumes is gone")
        await operator.press("tab")
        await operator.type("edge-1")
        await operator.press("enter")
        assert not any("run" in one for one in operator.cleanup.asked)
        await operator.type("5")
        await operator.press("enter")
        await operator.sees("Freed")
        assert operator.cleanup.asked[-1]["volumes"] is True


async def test_taking_volumes_in_voids_the_preview_even_when_the_new_one_fails(open_cleanup):
    async with open_cleanup() as operator:
        await previewed(operator)
        operator.cleanup.script.lines = (
            (Stream.RUN, "docker volume ls"), (Stream.STDERR, "permission denied"), (Stream.EXIT, "exit 1 after 0.2 s"),
        )  # fmt: skip
        operator.cleanup.script.error = Unreachable("Docker of edge-1 did not answer.")
        await operator.press("v")
        await operator.sees(
            "Docker of edge-1 did not answer.",
            "docker volume ls",
            "exit 1",
            "permission denied",
            "stopped containers",
        )
        await refusal(operator, "Volumes were taken in after this preview, which voids it")


async def test_an_old_preview_can_not_be_run(open_cleanup):
    async with open_cleanup() as operator:
        operator.cleanup.age = 31 * 60
        await operator.press("p")
        await operator.sees("made 31m ago, too old to run", "preview too old to run")
        await refusal(operator, "older than 30 minutes")


async def test_a_preview_serves_one_run(open_cleanup):
    async with open_cleanup() as operator:
        await previewed(operator)
        await operator.press("!", "tab")
        await operator.type("edge-1")
        await operator.press("enter")
        await operator.sees("Freed")
        operator.cleanup.asked.clear()
        await refusal(operator, "was run already")


async def test_an_incomplete_preview_names_the_question_and_stays_off(open_cleanup):
    async with open_cleanup() as operator:
        operator.cleanup.complete = False
        await operator.press("p")
        await operator.sees("Could not ask about build cache (exit 1)")
        await refusal(operator, "Could not ask about build cache (exit 1)")


async def test_nothing_to_clean_is_said_only_when_every_question_was_answered(open_cleanup):
    async with open_cleanup() as operator:
        operator.cleanup.empty = True
        await operator.press("p")
        await operator.sees("Nothing to clean: every question was answered")
        await refusal(operator, "There is nothing to clean")
        operator.cleanup.complete = False
        await operator.press("p")
        await operator.sees("not every question was answered")
        assert "Nothing to clean" not in operator.screen()


async def test_without_a_preview_there_is_nothing_to_run(open_cleanup):
    async with open_cleanup() as operator:
        await refusal(operator, "There is no preview to run yet: p makes one.")


async def test_a_read_only_session_may_look_ahead_and_not_run(open_cleanup):
    async with open_cleanup(read_only=True) as operator:
        await previewed(operator)
        await refusal(operator, "This session is read-only.")


async def test_without_the_scope_the_tab_says_which_one(open_cleanup):
    async with open_cleanup() as operator:
        operator.app.session.console.access.principal = Principal("mara", frozenset({"server:read"}))
        operator.app.screen.refresh_place()
        await operator.sees("This needs server:write; mara has server:read.")
        await operator.press("p")
        await operator.told("This needs server:write; mara has server:read.")
        assert not operator.cleanup.asked


async def test_what_the_core_refuses_stands_in_the_pane(open_cleanup):
    async with open_cleanup() as operator:
        await previewed(operator)
        await operator.press("!", "tab")
        await operator.type("edge-1")
        operator.cleanup.script.refusal = PreviewExpired(
            "The preview is too old.", next_step="Make a new one."
        )
        await operator.press("enter")
        await operator.sees("The preview is too old. Make a new one.", "stopped containers")


async def test_a_partial_run_says_so_and_shows_what_failed_first(open_cleanup):
    async with open_cleanup() as operator:
        await previewed(operator)
        operator.cleanup.script.status = OperationStatus.PARTIAL
        await operator.press("!", "tab")
        await operator.type("edge-1")
        await operator.press("enter")
        screen = await operator.sees("! partial", "could not be removed", "exit 1")
        assert screen.index("could not be removed") < screen.index("were already gone")


async def test_prod_asks_even_where_the_configuration_softens(open_cleanup):
    async with open_cleanup(env=Environment.PROD, confirm="sheet") as operator:
        await previewed(operator)
        await operator.press("!")
        await operator.sees("PROD", "type the server's name")


async def test_leaving_while_it_runs_leaves_it_running_and_tells_when_it_ended(open_cleanup):
    async with open_cleanup() as operator:
        release = operator.cleanup.script.hold(operator.loop)
        await operator.press("p")
        await operator.sees("docker ps -a")
        await operator.press("escape")
        await operator.sees("Servers", "1 ready")
        await operator.press("q")
        await operator.sees("Quit while something runs?", "cleanup preview of edge-1")
        await operator.press("escape")
        release()
        await operator.told("Cleanup preview of edge-1 done")


async def test_a_preview_that_another_process_makes_appears_by_itself(open_cleanup, home):
    from tui.screens.hub_doubles import Cleanup

    async with open_cleanup() as operator:
        async with await open_console(Opening(home.environ)) as other:
            await Cleanup(other).preview("edge-1")
        await operator.sees("stopped containers", "Frees about")


async def test_names_from_a_host_are_drawn_as_words(open_cleanup):
    async with open_cleanup() as operator:
        operator.cleanup.name = "[red]\x1b[31mboom[/]\u202e"
        await previewed(operator)
        await operator.press("enter")
        screen = await operator.sees("[red]")
        assert "\x1b" not in screen
        assert "\u202e" not in screen


def test_ids_are_cut_and_volume_names_never():
    from daoflow_tui.screens.panes.cleanup_words import in_groups

    name = "postgres-data-of-the-shop-2019-copy"
    commands = [f"docker image rm --no-prune sha256:{'ab' * 32}", f"docker volume rm {name}",
                "docker builder prune -f --filter id=ddjbgns0jgk9dhtufib5xue9i", "docker builder prune -f --filter id=eejbgns0jgk9dhtufib5xue9i"]  # fmt: skip
    assert in_groups(commands) == [
        "docker image rm --no-prune abababababab…",
        f"docker volume rm {name}",
        "docker builder prune -f --filter id=ddjbgns0jgk9…  (2 such)",
    ]
