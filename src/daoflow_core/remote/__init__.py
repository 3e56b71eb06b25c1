"""The POSIX sh scripts that run on a host, as package data; the parsers lie in `daoflow_core.parse`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

SECTIONS = ("os", "res", "docker", "compose", "swarm")
PROBE_SECONDS = 15.0
"""How long a whole probe may take where every question runs into its own limit (`dft_limit` in ask.sh)."""


@cache
def part(name: str) -> str:
    """One script of this folder, by its name without `.sh`."""
    return files(__name__).joinpath(f"{name}.sh").read_text(encoding="utf-8")


@cache
def probe_script() -> str:
    """The script that defines `dft_probe`; fed once to a resident `sh` on its stdin."""
    return "\n".join(part(name) for name in ("ask", "docker", "probe"))


def probe_line(nonce: str, sections: Sequence[str]) -> str:
    """The line that asks for one framed reply; `nonce` is letters and digits, sections are of `SECTIONS`."""
    _refuse_odd(nonce)
    unknown = set(sections).difference(SECTIONS)
    if unknown:
        raise ValueError(f"no such sections: {sorted(unknown)}")
    return f"dft_probe {nonce} {' '.join(sections)}\n"


def steps_script(nonce: str, *parts: str, then: str = "", limit: int = 4) -> str:
    """A whole script of framed steps: what steps stand on, the named parts, then more lines of sh.

    `limit` is how many seconds each step may take; `nonce` is letters and digits.
    """
    _refuse_odd(nonce)
    lines = [
        *(part(name) for name in ("ask", "docker", "steps")),
        f"dft_nonce={nonce} dft_limit={int(limit)}",
    ]
    return "\n".join([*lines, *(part(name) for name in parts), then, "dft_end", ""])


def _refuse_odd(nonce: str) -> None:
    if not nonce.isalnum() or not nonce.isascii():
        raise ValueError(f"not a nonce: {nonce!r}")
