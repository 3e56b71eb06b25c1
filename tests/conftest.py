"""What every test stands on."""

from __future__ import annotations

import os
import signal
import sys


def pytest_configure() -> None:
    """Undo what started us: a shell's background job ignores Ctrl-C, and `nohup` a hang-up, and so would our children."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):  # every program we start would be compiled anew
        sys.dont_write_bytecode = False
