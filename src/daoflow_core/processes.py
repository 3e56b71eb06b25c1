"""Child processes on this machine: their three pipes, and the end of their whole group."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

Pipes = tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]

OURS = ("DFT_", "DAOFLOW_")
"""Beginnings of environment variables that may hold our own secrets: nothing that is run inherits them."""


def own_environment() -> dict[str, str]:
    """The environment of this program without what is ours alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def pipes(process: asyncio.subprocess.Process) -> Pipes:
    """Standard input, output and error of a process started with three pipes. Raises ValueError otherwise."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("the process was started without all three pipes")
    return process.stdin, process.stdout, process.stderr


def close_pipes(process: asyncio.subprocess.Process) -> None:
    """Close the near ends at once, also when a process that escaped its group still holds the far ones."""
    transport: asyncio.SubprocessTransport = vars(process)["_transport"]  # asyncio offers no other way
    transport.close()


def end_session(session: int, number: signal.Signals) -> None:
    """Signal every process of a session, whatever group it took; where there is no /proc, its first group."""
    end_group(session, number)
    for place in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (place / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(after_name[3]) == session:
                os.kill(int(place.name), number)
        except (OSError, ValueError, IndexError):
            continue  # it ended meanwhile, or is not ours to end


def end_group(group: int, number: signal.Signals) -> None:
    """Signal a whole process group; one that is gone already is fine."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
