"""A recording in the terminal that this program runs in, at its own pace."""

from __future__ import annotations

import asyncio
import os
import termios
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from daoflow_core import asciicast
from daoflow_core.screen_text import Harmless
from daoflow_tui.cli import envelope
from daoflow_tui.cli.tty_session import AFTER_A_BREAK, INPUT, OUTPUT, raw, write_all

if TYPE_CHECKING:
    from daoflow_core.model.recordings import Frame, Recording

QUITTING = b"qQ\x03"


async def show(recording: Recording, frames: Iterator[Frame], speed: float, idle: float) -> int:
    """Play a recording; returns the exit status: 0 at its end, 130 when it was ended before."""
    _warn_of_size(recording)
    quitting = asyncio.Event()
    loop = asyncio.get_running_loop()
    with raw(INPUT):
        loop.add_reader(INPUT, _look_for_q, quitting)
        try:
            await _play(frames, speed, idle, quitting)
        finally:
            loop.remove_reader(INPUT)
            write_all(AFTER_A_BREAK + b"\r\n")
            termios.tcflush(INPUT, termios.TCIFLUSH)  # what a terminal may have answered is not for the shell
    return 130 if quitting.is_set() else 0


async def _play(frames: Iterator[Frame], speed: float, idle: float, quitting: asyncio.Event) -> None:
    harmless, before, due = Harmless(), 0.0, time.monotonic()
    for seconds, part, text in asciicast.events(frames):
        due += min(max(seconds - before, 0.0), idle) / speed
        before = seconds
        await _until(due, quitting)
        if quitting.is_set():
            return
        if part == "o":
            write_all(harmless.feed(text).encode("utf-8", "replace"))


async def _until(due: float, quitting: asyncio.Event) -> None:
    """Wait for a moment, or for a key."""
    try:
        async with asyncio.timeout(max(due - time.monotonic(), 0)):
            await quitting.wait()
    except TimeoutError:
        return


def _look_for_q(quitting: asyncio.Event) -> None:
    data = os.read(INPUT, 4096)
    if not data or any(byte in QUITTING for byte in data):
        quitting.set()


def _warn_of_size(recording: Recording) -> None:
    size = os.get_terminal_size(OUTPUT)
    if size.columns < recording.width or size.lines < recording.height:
        envelope.warn(
            f"It was recorded in {recording.width}x{recording.height}; this terminal has "
            f"{size.columns}x{size.lines}, so lines may wrap."
        )
