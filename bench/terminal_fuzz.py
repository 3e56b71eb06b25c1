"""Feeds the terminal engine what no program means to send: `python bench/terminal_fuzz.py --seconds 3600 FILES…`.

The engine runs in a child process, so that a native fault is seen, counted and repeated: the child tells the seed of
every round before it plays it. Rounds are random bytes, random sequences, and recordings with bytes changed, cut,
doubled and swapped, in random pieces, with random sizes between them; after each piece the screen is read as a painter
reads it. It prints one line of JSON: megabytes, rounds, faults (with their seeds), and the child's memory.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

from daoflow_tui.terminal.choice import choose
from daoflow_tui.terminal.values import Position, Span

ROUND_BYTES = 256 * 1024
MAX_SIZE = (300, 100)
FINALS = b"@ABCDEFGHIJKLMPSTXZ`abcdefghilmnpqrstuvwxyz{|}~"
STRINGS = (b"\x1b]", b"\x1bP", b"\x1b_", b"\x1b^", b"\x1bX")


def sequence(chance: random.Random) -> bytes:
    """One control sequence that might be real."""
    kind = chance.random()
    if kind < 0.7:
        numbers = ";".join(
            str(chance.choice((0, 1, 2, 5, 25, 80, 1049, 2026, 65535))) for _ in range(chance.randrange(4))
        )
        lead, middle = (
            chance.choice((b"", b"", b"", b"?", b">", b"=", b"<")),
            chance.choice((b"", b"", b"", b" ", b"!", b"$", b"*", b"'")),
        )
        return b"\x1b[" + lead + numbers.encode() + middle + bytes([chance.choice(FINALS)])
    if kind < 0.8:
        return b"\x1b" + bytes([chance.randrange(0x20, 0x7F)])
    if kind < 0.9:
        body = chance.choice(
            (
                b"0;t",
                b"8;;http://a",
                b"52;c;aGk=",
                b"4;1;?",
                b"10;#fff",
                b"Gi=1,a=T;AAAA",
                b"$qm",
                b"7;file:///",
                b"66;s=2;x",
            )
        )
        return chance.choice(STRINGS) + body + chance.choice((b"\x07", b"\x1b\\", b"", chance.randbytes(20)))
    return chance.choice(["日本語", "é", "👨\u200d👩\u200d👧", "🇩🇪", "❤️", "─│"]).encode()


def made(chance: random.Random, recordings: list[bytes]) -> bytes:
    """The bytes of one round."""
    kind = chance.random()
    if kind < 0.2:
        return chance.randbytes(ROUND_BYTES // 4)
    if kind < 0.5 or not recordings:
        return b"".join(
            sequence(chance) + bytes(chance.choices(range(0x20, 0x7F), k=chance.randrange(12)))
            for _ in range(9000)
        )
    data = bytearray(chance.choice(recordings)[:ROUND_BYTES])
    for _ in range(chance.randrange(1, max(len(data) // 50, 2))):
        at, size = chance.randrange(len(data)), chance.randrange(1, 40)
        data[at : at + size] = chance.choice(
            (
                b"",
                chance.randbytes(size),
                bytes(data[at : at + size]) * 2,
                sequence(chance),
                bytes(reversed(data[at : at + size])),
            )
        )
        data = data or bytearray(b" ")
    return bytes(data)


def play(seed: int, recordings: list[bytes]) -> int:
    """One round, all of it from this number; the bytes fed."""
    chance = random.Random(seed)
    data, at = made(chance, recordings), 0
    engine = choose(
        chance.randrange(1, MAX_SIZE[0]), chance.randrange(1, MAX_SIZE[1]), chance.choice((0, 100, 10_000))
    )
    reading = iter(())
    while at < len(data):
        step = chance.choice((1, 7, 100, 5000, 32_768))
        engine.feed(data[at : at + step])
        at += step
        if chance.random() < 0.3:  # a frame is read in turns, with anything in between
            reading = engine.changes() if chance.random() < 0.3 else reading
            for _ in range(chance.randrange(20)):
                next(reading, None)
        if chance.random() < 0.2:
            read(engine, chance)
        if chance.random() < 0.02:
            engine.resize(chance.randrange(1, MAX_SIZE[0]), chance.randrange(1, MAX_SIZE[1]))
    read(engine, chance)
    engine.close()
    return len(data)


def read(engine, chance: random.Random) -> None:
    """Everything a view asks for; a row that is not as wide as the screen is a fault."""
    engine.changed()
    for row in range(engine.rows):
        if (columns := sum(run.columns for run in engine.runs(row))) != engine.columns:
            raise AssertionError(f"row {row} is {columns} wide, not {engine.columns}")
    engine.cursor(), engine.modes(), engine.replies(), engine.events()
    if chance.random() < 0.1:
        last = Position(engine.history() + engine.rows - 1, engine.columns - 1)
        at = Position(chance.randrange(last.line + 1), chance.randrange(engine.columns))
        engine.cells(chance.randrange(engine.rows)), engine.word(at), engine.logical_line(at)
        (
            engine.text(Span(min(at, last), last, chance.random() < 0.3)),
            engine.search(chance.choice("aé日 ") * 2),
        )
        engine.scroll(chance.randrange(engine.history() + 5))


def child(first: int, files: list[str]) -> None:
    """Play rounds for ever, telling each seed first and its bytes and our memory afterwards."""
    recordings = [data for name in files if (data := Path(name).read_bytes())]
    for seed in range(first, sys.maxsize):
        print(seed, flush=True)
        size = play(seed, recordings)
        print(seed, size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, flush=True)


def main() -> None:
    """Keep a child playing for the time given, a new one after each fault."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--child", action="store_true")
    options.add_argument("files", nargs="*")
    given = options.parse_args()
    if given.child:
        child(given.seed, given.files)
        return
    totals = {"megabytes": 0.0, "rounds": 0, "faults": [], "memory_megabytes": []}
    end, seed = time.monotonic() + given.seconds, given.seed
    while time.monotonic() < end:
        seed = watch(seed, end, given.files, totals)
    print(json.dumps(totals))


def watch(seed: int, end: float, files: list[str], totals: dict) -> int:
    """Watch one child until the time is up or it dies; the seed to go on with."""
    line = [sys.executable, "-X", "faulthandler", __file__, "--child", "--seed", str(seed), *files]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        while said := process.stdout.readline().split():
            seed = int(said[0])
            if len(said) == 3:
                totals["megabytes"] = round(totals["megabytes"] + int(said[1]) / 1e6, 3)
                totals["rounds"] += 1
                totals["memory_megabytes"] = [*totals["memory_megabytes"][:1], round(int(said[2]) / 1024)]
            if time.monotonic() >= end:
                process.kill()
                return seed + 1
    totals["faults"].append({"seed": seed, "status": process.returncode})
    print(f"fault: seed {seed}, status {process.returncode}", file=sys.stderr, flush=True)
    return seed + 1


if __name__ == "__main__":
    main()
