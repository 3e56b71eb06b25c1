"""Running programs and waiting for conditions, with failures that say what is missing."""

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


class LabError(Exception):
    """Tells the developer what the lab could not do and why, in one or a few sentences."""


def run(
    args: Sequence[str], *, stdin: str = "", check: bool = True, timeout: float = 120.0
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end (seconds) and raise a LabError with its own words when it fails."""
    try:
        done = subprocess.run(
            args, input=stdin, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
        )
    except FileNotFoundError as error:
        raise LabError(f"{args[0]} is not installed: run `python3 lab/lab.py check`.") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{' '.join(args)}` did not end within {timeout:g} s.") from error
    if check and done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-2000:]
        raise LabError(f"`{' '.join(args)}` failed with exit status {done.returncode}: {words}")
    return done


def remove_tree(folder: Path) -> None:
    """Remove a folder with all in it, but never reach through something mounted there into the machine."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    if inside := [mount for mount in mounts if Path(mount).is_relative_to(folder)]:
        raise LabError(f"{folder} is not removed, for something is mounted on {', '.join(inside)}.")
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait until the condition holds; past the deadline (seconds) raise a LabError naming what is missing."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"Waited {seconds:g} s in vain: {what}.")
        time.sleep(0.05)
