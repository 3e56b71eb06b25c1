"""Durations as people type them: `15m`, `12h`, `30d`, `2w`."""

from __future__ import annotations

import re

from daoflow_core.errors import InvalidInput
from daoflow_core.stamps import span

_FORM = re.compile(r"([0-9]{1,6})([mhdw])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def duration(text: str, field: str, longest: int) -> int:
    """Seconds, from a minute to `longest`. Raises InvalidInput that names the field."""
    found = _FORM.fullmatch(text.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 60 <= seconds <= longest:
        shown = ascii(text[:20])
        raise InvalidInput(
            f"--{field} {shown} can't be used.",
            why=f"It takes a number and m, h, d or w, from 1m to {span(longest)}.",
            next_step=f"For example: --{field} 15m.",
            field=field,
        )
    return seconds
