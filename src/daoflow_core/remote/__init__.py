"""The POSIX sh scripts that run on a host, as package data; the parsers lie in `daoflow_core.parse`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

SECTIONS = ("os", "res", "docker", "compose", "swarm")
PROBE_SECONDS = 15.0
"""How long a whole probe may take where every question runs into its own limit (`dft_limit` in probe.sh)."""


@cache
def probe_script() -> str:
    """The script that defines `dft_probe`; fed once to a resident `sh` on its stdin."""
    return files(__name__).joinpath("probe.sh").read_text(encoding="utf-8")


def probe_line(nonce: str, sections: Sequence[str]) -> str:
    """The line that asks for one framed reply; `nonce` is letters and digits, sections are of `SECTIONS`."""
    if not nonce.isalnum() or not nonce.isascii():
        raise ValueError(f"not a nonce: {nonce!r}")
    unknown = set(sections).difference(SECTIONS)
    if unknown:
        raise ValueError(f"no such sections: {sorted(unknown)}")
    return f"dft_probe {nonce} {' '.join(sections)}\n"
