"""What a terminal engine does by itself: output taken in, screens turned into runs, memory over a long flood."""

from __future__ import annotations

import resource
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from daoflow_tui.terminal.bittty_engine import BitttyEngine
from daoflow_tui.terminal.ghostty import GhosttyEngine

if TYPE_CHECKING:
    from daoflow_tui.terminal.engine import Engine

SIZE = (120, 40)
PIECE = 32 * 1024
FLOOD_MB = 1000
TIMES = 5

LIMIT_RATIO = 4.0
"""The native engine takes output in at least this many times as fast as the fallback."""
LIMIT_GROWTH_MB = 15.0
"""What a gigabyte of output may add to the process, 10,000 lines of history included."""


def texts() -> dict[str, bytes]:
    """About a megabyte each of what programs write."""
    words = "日本語のテキスト 😀 e\u0301 naïve ─│┌ "
    return {
        "ASCII lines": b"".join(
            b"%d the quick brown fox jumps over the lazy dog, again\r\n" % n for n in range(18_000)
        ),
        "dense colour": b"".join(
            b"\x1b[38;5;%dm#\x1b[48;2;%d;%d;9mx" % (n % 256, n % 256, n % 99) for n in range(32_000)
        ),
        "wide and accents": "".join(f"{n} {words * 3}\r\n" for n in range(6500)).encode(),
        "redraws": b"".join(b"\x1b[%d;1H\x1b[K%d\x1b[7mrow\x1b[m" % (n % 40 + 1, n) for n in range(40_000)),
    }


def rate(kind: type[Engine], data: bytes) -> float:
    """Megabytes a second of CPU, and the engine thrown away."""
    engine = kind(*SIZE)
    started = time.process_time()
    for at in range(0, len(data), PIECE):
        engine.feed(data[at : at + PIECE])
    taken = time.process_time() - started
    engine.close()
    return len(data) / 1e6 / taken


def paint(kind: type[Engine], data: bytes) -> float:
    """Milliseconds of CPU to turn a whole screen into runs."""
    engine = kind(*SIZE)
    engine.feed(data)
    started = time.process_time()
    engine.changed()
    taken = time.process_time() - started
    engine.close()
    return taken * 1000


def resident() -> float:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def flood() -> tuple[float, float]:
    """Megabytes that a gigabyte of output added, and what its second half added."""
    engine, piece = GhosttyEngine(*SIZE), (b"y" * 60 + b"\r\n") * 512
    before, middle = resident(), 0.0
    for turn in range(rounds := FLOOD_MB * 1_000_000 // len(piece)):
        engine.feed(piece)
        if turn == rounds // 2:
            middle = resident()
    after = resident()
    engine.close()
    return after - before, after - middle


def run() -> bool:
    """Print both engines side by side; returns whether the limits hold."""
    print(
        f"\nterminal engines, {SIZE[0]}x{SIZE[1]}, medians of {TIMES}: MB/s taken in, ms for a whole screen of runs"
    )
    ratios = []
    for name, data in texts().items():
        pairs = [(rate(GhosttyEngine, data), rate(BitttyEngine, data)) for _ in range(TIMES)]
        native, fallback = (statistics.median(found) for found in zip(*pairs, strict=True))
        drawn = [
            statistics.median(paint(kind, data) for _ in range(TIMES))
            for kind in (GhosttyEngine, BitttyEngine)
        ]
        ratios.append(native / fallback)
        ours, theirs = (
            f"{taken:6.2f} MB/s {ms:5.1f} ms" for taken, ms in zip((native, fallback), drawn, strict=True)
        )
        print(f"  {name:17} ghostty {ours}   bittty {theirs}")
    grown, late = flood()
    print(f"  {FLOOD_MB} MB of output: {grown:.1f} MB more held, {late:.1f} of them in its second half")
    return min(ratios) >= LIMIT_RATIO and grown <= LIMIT_GROWTH_MB
