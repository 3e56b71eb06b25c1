"""Being told to end from outside: a closed terminal or a `kill` ends the console as quitting does."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

from textual.app import App

ENDING = (signal.SIGTERM, signal.SIGHUP)
GRACE_SECONDS = 15.0
"""How long ending may take: a write to a terminal that is gone can block for ever, and what was told is durable."""


def heed(app: App[Any]) -> None:
    """Let these signals quit: the core finishes what it writes, a demo's store goes, the terminal is put right."""
    if app.is_headless:
        return  # a test's own process is not ours to end
    loop = asyncio.get_running_loop()
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` asked for that
            loop.add_signal_handler(number, end, app, 128 + number)


def end(app: App[Any], status: int) -> None:
    """Quit from outside, at the latest after `GRACE_SECONDS`."""
    last = threading.Timer(GRACE_SECONDS, os._exit, (status,))
    last.daemon = True
    last.start()
    app.exit(return_code=status)
