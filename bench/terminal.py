"""A shell in the console against ssh, plain and in tmux: throughput, CPU, echo, Ctrl-C and memory, in one run."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from pathlib import Path

from bench import terminal_watched
from bench.measure import percentile
from bench.terminal_contenders import PROMPT, Console, Contender, Sshd, contenders

ROUNDS = 5
MEGABYTES = 8
LETTERS = "αβγδεζηθικλμνξοπρστυφχψωбгджзийлпфцчшщъыьэюя"
ECHOES = 4
"""Lines of letters typed for the latency of an echo, in each round."""
FLOOD_MEGABYTES = 1000

COST = 1.25
"""Times the time and the CPU of ssh inside tmux."""
ECHO_P50, ECHO_P95 = 5.0, 10.0
"""Milliseconds above plain ssh, and above ssh inside tmux."""
INTERRUPT = 3.0
GROWTH = 15_000_000
CALLBACK = 10.0
"""Milliseconds of CPU that one callback of an event loop may take while output comes."""


def run() -> bool:
    """Print every figure with its limit; returns whether all hold."""
    if (missing := Sshd.obstacle()) is not None:
        print(f"\na shell in the console: {missing}")
        return True
    with tempfile.TemporaryDirectory(prefix="daoflow-cat-") as name, contenders() as found:
        ascii_file, colour_file = _files(Path(name))
        print(f"\na shell in the console, 120x40, {ROUNDS} rounds in turn (medians; echo over all)")
        met = [
            _cats(found, ascii_file, "ASCII"),
            _cats(found, colour_file, "dense colour"),
            _echoes(found),
            _interrupts(found),
            _flood(found[-1]),
            _callbacks(found[-1], ascii_file, colour_file),
        ]
        return all(met)


def _files(folder: Path) -> tuple[Path, Path]:
    rng = random.Random(5)
    plain, colour = folder / "plain", folder / "colour"
    line = '2026-11-25T12:00:00Z app[812]: level=info msg="request served" path=/api/v1/things status=200 took=12ms'
    with plain.open("w") as out:
        for number in range(MEGABYTES * 1_000_000 // (len(line) + 9)):
            out.write(f"{number:08d} {line}\n")
    with colour.open("w") as out:
        while out.tell() < MEGABYTES * 1_000_000:
            cells = (
                f"\x1b[38;5;{rng.randrange(256)};48;5;{rng.randrange(256)}m{rng.choice('abcxyz')}"
                for _ in range(80)
            )
            out.write("".join(cells) + "\x1b[0m\n")
    return plain, colour


def _cats(found: list[Contender], path: Path, what: str) -> bool:
    walls: dict[str, list[float]] = {one.name: [] for one in found}
    cpus: dict[str, list[float]] = {one.name: [] for one in found}
    for number in range(ROUNDS):
        for one in found:
            one.terminal.forget()
            before, began = one.cpu(), time.monotonic()
            one.terminal.send(f"cat {path}; echo E'ND'{number}-\r")
            ended = one.terminal.wait(f"END{number}-")
            one.terminal.quiet(0.2)
            walls[one.name].append(ended - began)
            cpus[one.name].append(one.cpu() - before)
    wall = {name: statistics.median(values) for name, values in walls.items()}
    cpu = {name: statistics.median(values) for name, values in cpus.items()}
    for one in found:
        print(
            f"  cat {MEGABYTES} MB {what:13} {one.name:12} {wall[one.name]:6.2f} s  CPU {cpu[one.name]:6.2f} s"
        )
    slower, dearer = wall["console"] / wall["ssh in tmux"], cpu["console"] / cpu["ssh in tmux"]
    print(f"    {slower:.2f}x the time and {dearer:.2f}x the CPU of ssh in tmux, limit {COST}x")
    return slower <= COST and dearer <= COST


def _echoes(found: list[Contender]) -> bool:
    took: dict[str, list[float]] = {one.name: [] for one in found}
    for one in found:
        one.terminal.send("cat > /dev/null\r")
        one.terminal.quiet()
    for _ in range(ROUNDS * ECHOES):
        for one in found:
            for letter in LETTERS:
                one.terminal.forget()
                began = time.monotonic()
                one.terminal.send(letter)
                took[one.name].append((one.terminal.wait(letter) - began) * 1000)
                time.sleep(random.uniform(0.005, 0.03))
            one.terminal.send("\r")
            one.terminal.quiet(0.05)
    for one in found:
        one.terminal.send("\x04")
        one.terminal.quiet()
        middle, high = percentile(took[one.name], 0.5), percentile(took[one.name], 0.95)
        print(
            f"  echo of a key {one.name:12} p50 {middle:5.2f} ms  p95 {high:5.2f} ms  ({len(took[one.name])} keys)"
        )
    middle = percentile(took["console"], 0.5) - percentile(took["ssh"], 0.5)
    high = percentile(took["console"], 0.95) - percentile(took["ssh in tmux"], 0.95)
    print(
        f"    p50 {middle:+.2f} ms to ssh, limit +{ECHO_P50:.0f}; p95 {high:+.2f} ms to tmux, limit +{ECHO_P95:.0f}"
    )
    return middle <= ECHO_P50 and high <= ECHO_P95


def _interrupts(found: list[Contender]) -> bool:
    took: dict[str, list[float]] = {one.name: [] for one in found}
    for _ in range(ROUNDS):
        for one in found:
            one.terminal.send("yes\r")
            time.sleep(1.0)
            one.terminal.forget()
            began = time.monotonic()
            one.terminal.send("\x03")
            took[one.name].append(one.terminal.wait(PROMPT) - began)
            one.terminal.quiet(0.2)
    middle = {name: statistics.median(values) for name, values in took.items()}
    for name, seconds in middle.items():
        print(f"  Ctrl-C in yes, to the prompt  {name:12} {seconds * 1000:6.0f} ms")
    times = middle["console"] / middle["ssh in tmux"]
    print(f"    {times:.2f}x ssh in tmux, limit {INTERRUPT:.0f}x")
    return times <= INTERRUPT


def _flood(console: Contender) -> bool:
    line = "y" * 99

    def send(megabytes: int, mark: str) -> float:
        console.terminal.forget()
        began = time.monotonic()
        console.terminal.send(f"yes {line} | head -c {megabytes}000000; echo; echo FLOOD'ED'{mark}-\r")
        return console.terminal.wait(f"FLOODED{mark}-", 600) - began

    send(50, "a")
    before = console.rss()
    took = send(FLOOD_MEGABYTES, "b")
    growth = console.rss() - before
    print(
        f"  {FLOOD_MEGABYTES} MB of output in {took:.0f} s: memory {growth / 1e6:+.1f} MB from {before / 1e6:.0f} MB,"
        f" limit +{GROWTH / 1e6:.0f}"
    )
    return growth <= GROWTH


def _callbacks(console: Contender, *files: Path) -> bool:
    """A console of its own for it: the watch costs a little."""
    assert isinstance(console, Console)
    result = files[0].parent / "callbacks"
    watched = Console({**console.environ, terminal_watched.RESULT: str(result)}, "bench.terminal_watched")
    watched.open_shell()
    watched.prepare()
    result.with_suffix(".go").touch()
    for number, path in enumerate((*files, *files)):
        watched.terminal.forget()
        watched.terminal.send(f"cat {path}; echo E'ND'{number}-\r")
        watched.terminal.wait(f"END{number}-")
        watched.terminal.quiet(0.2)
    watched.terminal.send("yes\r")
    time.sleep(1.0)
    watched.terminal.forget()
    watched.terminal.send("\x03")
    watched.terminal.wait(PROMPT)
    result.with_suffix(".go").unlink()
    watched.close()
    slowest = json.loads(result.read_text())
    print(
        f"  callbacks while {2 * len(files)} files are shown, and yes: slowest {slowest[0][0]:.1f} ms of CPU,"
    )
    print(f"    then {', '.join(f'{took:.1f}' for took, _ in slowest[1:6])}; limit {CALLBACK:.0f}")
    for took, name in slowest:
        if took > CALLBACK:
            print(f"    {took:.1f} ms: {name}")
    return bool(slowest[0][0] <= CALLBACK)
