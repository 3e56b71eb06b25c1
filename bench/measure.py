"""Measuring whole processes: CPU time from the kernel, commands taken in turn, minima and medians over the runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One finished process: seconds of CPU (user and system, children included) and of wall clock."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Series:
    """All runs of one command."""

    name: str
    runs: tuple[Run, ...]

    @property
    def cpu(self) -> float:
        """The least CPU of any run: the stable figure on a shared machine."""
        return min(run.cpu for run in self.runs)

    @property
    def wall(self) -> float:
        """The median wall time."""
        return statistics.median(run.wall for run in self.runs)


def run_once(command: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run a command with its output thrown away; the kernel says what it cost."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Run(usage.ru_utime + usage.ru_stime, time.perf_counter() - started)


def compare(commands: Mapping[str, Sequence[str]], environ: Mapping[str, str], times: int) -> list[Series]:
    """Run every command in turn, `times` rounds after one warm-up, so that drift hits all alike."""
    for command in commands.values():
        run_once(command, environ)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            runs[name].append(run_once(command, environ))
    return [Series(name, tuple(found)) for name, found in runs.items()]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0–1) of all lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
