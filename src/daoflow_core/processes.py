"""Child processes on this machine: their three pipes, and the end of their whole group."""

from __future__ import annotations

import asyncio
import os
import signal

Pipes = tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]


def pipes(process: asyncio.subprocess.Process) -> Pipes:
    """Standard input, output and error of a process started with three pipes. Raises ValueError otherwise."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("the process was started without all three pipes")
    return process.stdin, process.stdout, process.stderr


def close_pipes(process: asyncio.subprocess.Process) -> None:
    """Close the near ends at once, also when a process that escaped its group still holds the far ones."""
    transport: asyncio.SubprocessTransport = vars(process)["_transport"]  # asyncio offers no other way
    transport.close()


def end_group(group: int, number: signal.Signals) -> None:
    """Signal a whole process group; one that is gone already is fine."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
