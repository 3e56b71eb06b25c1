"""`doctor` and `poll`: look at everything live, once or for ever."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import (
    AuditBroken,
    ConfigInvalid,
    DaoflowError,
    DoctorFailed,
    StoreUnusable,
    UnsafePermissions,
    VaultDamaged,
    VaultLocked,
)
from daoflow_core.stamps import span, stamp
from daoflow_tui.cli import envelope
from daoflow_tui.cli.call import Result, current, with_console

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.events import Event
    from daoflow_core.services.doctor import Check

Once = Annotated[bool, typer.Option("--once", help="Check every server once and end, as for cron.")]
START_FAULTS = (ConfigInvalid, StoreUnusable, UnsafePermissions, VaultLocked, VaultDamaged, AuditBroken)


def doctor() -> Result:
    """Check configuration, store, vault, clock, audit trail, poller and servers, live; exit status 1 on a fault."""
    try:
        checks = with_console(_diagnose)
    except START_FAULTS as error:
        from daoflow_core.services.diagnosis import of_failed_start

        checks = [of_failed_start(error)]
    return _verdict(checks)


async def _diagnose(console: Console) -> list[Check]:
    return await console.diagnose()


def _verdict(checks: list[Check]) -> Result:
    counts = {word: sum(one.status == word for one in checks) for word in ("ok", "warn", "fail")}
    data: dict[str, Any] = {
        "checks": [
            {
                "name": one.name,
                "status": one.status.value,
                "detail": one.detail,
                "nextStep": one.next_step or None,
            }
            for one in checks
        ],
        "summary": {
            "total": len(checks),
            "ok": counts["ok"],
            "warnings": counts["warn"],
            "failures": counts["fail"],
        },
    }
    text = [line for one in checks for line in _lines(one)]
    if not counts["fail"]:
        return Result(data, [*text, f"{counts['ok']} well, {counts['warn']} to look at."])
    if not current().as_json:
        envelope.say(None, text, as_json=False)
    faults = "1 fault" if counts["fail"] == 1 else f"{counts['fail']} faults"
    raise DoctorFailed(
        f"The doctor found {faults}.", next_step="Each finding above says what to do.", data=data
    )


def _lines(one: Check) -> list[str]:
    first = f"{one.status.value:<4}  {one.name}: {one.detail}"
    return [first, f"      next: {one.next_step}"] if one.next_step else [first]


def poll(once: Once = False) -> Result | int:
    """Keep every server's readiness current, in the foreground, until it is ended; --once checks all and ends."""
    if once:
        return with_console(_poll_once)
    current().streaming = True
    return with_console(_poll)


async def _poll_once(console: Console) -> Result:
    checked = await console.poll_once()
    busy = not checked and bool(await console.inventory.all())
    words = "Another process polls this store: nothing to do." if busy else f"Checked {checked} servers."
    return Result({"checked": checked, "anotherPoller": busy}, [words])


async def _poll(console: Console) -> int:
    """Poll until SIGTERM, with a line for every change; a clean end, so that a supervisor sees no failure."""
    task = asyncio.create_task(console.poll(), name="poll")
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    news: asyncio.Queue[str] = asyncio.Queue()

    def note(event: Event) -> None:
        if event.kind == "readiness.changed" and event.server_id is not None:
            news.put_nowait(event.server_id)

    console.events.subscribe(note)
    every = span(console.settings.poll_interval_ms / 1000)
    envelope.warn(f"Polling every {every}; end it with Ctrl-C or SIGTERM.")
    teller = asyncio.create_task(_tell(console, news), name="poll news")
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
        teller.cancel()
        await asyncio.gather(task, teller, return_exceptions=True)
    if not task.cancelled():
        task.result()  # what ended the poller by itself is the answer
    return 0


async def _tell(console: Console, news: asyncio.Queue[str]) -> None:
    """One line for every server whose standing changed."""
    while True:
        server_id = await news.get()
        with contextlib.suppress(DaoflowError):
            row = await console.fleet.row(server_id)
            word = row["readiness_status"] or "unknown"
            data = {
                "at": stamp(console.clock.now()),
                "serverId": row["id"],
                "serverName": row["name"],
                "status": word,
            }
            plain = f"{data['at']}  {row['name']}: {word}"
            envelope.write_line(envelope.document(data) if current().as_json else plain)
