"""`recordings list|rule|play|export|delete`: the recordings of this store."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import InvalidInput
from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, confirm, current, with_console
from daoflow_tui.cli.options import ServerRef, Yes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from daoflow_core.console import Console
    from daoflow_core.model.recordings import Frame, Recording
    from daoflow_core.model.server import Server


class Rule(StrEnum):
    """When a shell on a server is recorded."""

    ALWAYS = "always"
    ASKED = "asked"


Reference = Annotated[str, typer.Option("--recording", metavar="ID", help="The recording, by id.")]
OfServer = Annotated[
    str | None, typer.Option("--server", metavar="ID|NAME", help="Those of this server only.")
]
Record = Annotated[
    Rule | None,
    typer.Option(
        "--record",
        help="always: every shell. asked: where its grant or its opener says --record. Needs --yes.",
    ),
]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to make, readable by you only.")]
Speed = Annotated[float, typer.Option("--speed", help="How many times as fast, 0.1 to 100.")]
Idle = Annotated[
    float, typer.Option("--idle", metavar="SECONDS", help="Wait no longer than this where nothing happened.")
]


def list_recordings(server: OfServer = None) -> Result:
    """List the recordings, newest first; nothing of what was shown is in the list."""

    async def work(console: Console) -> Result:
        found = [_document(one) for one in await console.recordings.list(server)]
        names = ("startedAt", "serverName", "recordedBy", "seconds", "bytes", "status", "id")
        titles = ("STARTED", "SERVER", "WHO", "SECONDS", "BYTES", "STATUS", "BECAUSE", "ID")
        rows = [[*(one[name] for name in names[:-1]), _because(one), one["id"]] for one in found]
        text = lines.table(titles, rows) if rows else ["Nothing is recorded."]
        return Result({"recordings": found}, text, [one["id"] for one in found])

    return with_console(work)


def rule(server: ServerRef, record: Record = None, yes: Yes = False) -> Result:
    """Say, or with --record decide, whether every shell on a server is recorded."""
    if record is not None:
        confirm(yes, f"Record shells on {server}: {record.value}.")

    async def work(console: Console) -> Result:
        if record is not None:
            found = await console.recordings.set_rule(server, is_always=record is Rule.ALWAYS)
            return _rule_told(found, is_always=record is Rule.ALWAYS)
        found, is_always = await console.recordings.rule(server)
        return _rule_told(found, is_always=is_always)

    return with_console(work)


def play(recording: Reference, speed: Speed = 1.0, idle: Idle = 2.0) -> int:
    """Show a recording in this terminal as it was, less what acts beyond the screen; q ends it."""
    if not 0.1 <= speed <= 100 or not 0 <= idle <= 3600:
        raise InvalidInput("The speed is 0.1 to 100, the longest wait 0 to 3600 seconds.", field="speed")

    async def work(console: Console) -> int:
        from daoflow_tui.cli.replay import show
        from daoflow_tui.cli.terminal import has_tty, tty_required

        await console.recordings.permit(recording, "recording.play")
        if current().as_json or not has_tty():
            raise tty_required("A recording")
        found, frames = await console.recordings.frames(recording)
        return await show(found, frames, speed, idle)

    return with_console(work)


def kept_lines(recording: str) -> Iterator[bytes]:
    """A recording of this store as asciicast v2, line by line; that somebody looks is on record first."""

    async def work(console: Console) -> tuple[Recording, Iterator[Frame]]:
        await console.recordings.permit(recording, "recording.play")
        return await console.recordings.frames(recording)

    from daoflow_core import asciicast

    for line in asciicast.lines(*with_console(work)):
        yield f"{line}\n".encode("ascii")


def export(recording: Reference, out: Out) -> Result:
    """Write a recording to a new asciicast v2 file, open to whoever can read that file."""

    async def work(console: Console) -> Result:
        from daoflow_core import asciicast
        from daoflow_core.private_files import Draft, unwritable

        await console.recordings.permit(recording, "recording.export")
        draft = Draft(out)
        try:
            found, frames = await console.recordings.frames(recording, "recording.export")
            count = 0
            for line in asciicast.lines(found, frames):
                draft.file.write(f"{line}\n".encode("ascii"))
                count += 1
            draft.publish()
        except OSError as error:
            raise unwritable(draft.path, error) from None
        finally:
            draft.discard()
        data = {"file": str(draft.path), "recording": _document(found), "events": count - 1}
        text = f"{count - 1} events are in {draft.path}, which is not encrypted: all that was shown is in it."
        return Result(data, [text], [str(draft.path)])

    return with_console(work)


def delete(recording: Reference, yes: Yes = False) -> Result:
    """Remove what was recorded, and its key, for good; that it was there stays on record."""
    confirm(yes, f"Delete recording {recording}.")

    async def work(console: Console) -> Result:
        gone = await console.recordings.delete(recording)
        return Result({"recording": _document(gone)}, [f"Deleted {gone.id}."], [gone.id])

    return with_console(work)


def _rule_told(server: Server, *, is_always: bool) -> Result:
    value = Rule.ALWAYS if is_always else Rule.ASKED
    words = "Every shell on it is recorded." if is_always else "A shell on it is recorded when asked for."
    data = {"serverId": server.id, "serverName": server.name, "record": value.value}
    return Result(data, [f"{server.name}: {words}"], [server.id])


def _because(document: dict[str, Any]) -> str | None:
    causes = document["recordedBecause"]
    return None if causes is None else "+".join(causes)


def _document(one: Recording) -> dict[str, Any]:
    return {
        "id": one.id,
        "operationId": one.operation_id,
        "serverId": one.server_id,
        "serverName": one.server_name,
        "recordedBy": one.recorded_by,
        "startedAt": one.started_at,
        "endedAt": one.ended_at,
        "seconds": one.seconds,
        "bytes": one.size,
        "shell": one.shell,
        "columns": one.width,
        "rows": one.height,
        "hasInput": one.has_input,
        "recordedBecause": None if one.causes is None else [cause.value for cause in one.causes],
        "status": one.status.value,
        "deletedAt": one.deleted_at,
        "deletedBy": one.deleted_by,
    }
