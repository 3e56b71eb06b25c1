r"""Press keys in a real xterm or kitty under Xvfb and write down what they send: how `tests/recorded/keys` came about.

    Xvfb :77 & DISPLAY=:77 python scripts/record_keys.py xterm '\x1b[>4;2m' tests/recorded/keys/xterm-379.json

The keys are those of the file's own tables; the answer is one table of key and bytes, in hexadecimal.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TERMINALS = {
    "xterm": [
        "-tn",
        "xterm-256color",
        "-xrm",
        "*metaSendsEscape: true",
        "-xrm",
        "*eightBitInput: false",
        "-e",
    ],
    "kitty": ["--config", "NONE", "-o", "clear_all_shortcuts=yes", "-o", "shell_integration=disabled"],
}
READER = """
import os, sys, tty
tty.setraw(0)
os.write(1, sys.argv[2].encode().decode("unicode_escape").encode())
with open(sys.argv[1], "wb", buffering=0) as kept:
    while data := os.read(0, 65536):
        kept.write(data)
"""
PATIENCE, REST = 0.15, 0.03
"""Seconds that a key may take to send something, and after which it has sent everything."""


def press(key: str, kept: Path) -> str:
    """What one key sends; nothing for one that the terminal keeps for itself."""
    before = kept.stat().st_size
    subprocess.run(["xdotool", "key", key], check=True)
    end = time.monotonic() + PATIENCE
    while kept.stat().st_size == before and time.monotonic() < end:
        time.sleep(0.004)
    size = -1
    while size != (size := kept.stat().st_size):
        time.sleep(REST)
    return kept.read_bytes()[before:].hex()


def record(terminal: str, first: str, keys: list[str]) -> dict[str, str]:
    """Every key in a terminal that was sent `first`."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "kept")
        line = [terminal, *TERMINALS[terminal], sys.executable, "-c", READER, str(kept), first]
        with subprocess.Popen(line) as shown:
            try:
                while not kept.exists():
                    time.sleep(0.05)
                time.sleep(1)
                found = ["xdotool", "search", "--sync", "--class", terminal, "windowfocus", "--sync"]
                subprocess.run(found, check=True)
                return {key: press(key, kept) for key in keys}
            finally:
                shown.terminate()


def main() -> None:
    """Record with what the command line names."""
    terminal, first, known = sys.argv[1:]
    tables = [table for table in json.loads(Path(known).read_text()).values() if isinstance(table, dict)]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    json.dump(record(terminal, first, keys), sys.stdout, indent=1)


if __name__ == "__main__":
    main()
