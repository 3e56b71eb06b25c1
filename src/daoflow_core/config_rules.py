"""What each setting may be: its default, its environment variable, and the range an error names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

KEYS = "keys."
_DIGITS = re.compile(r"-?[0-9]{1,18}")
_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True)
class Rule:
    """One setting: `read` gives its value or raises ValueError, `allowed` says in words what it takes."""

    default: object
    read: Callable[[object], object]
    allowed: str
    variable: str = ""


def _whole(default: int, low: int, high: int, unit: str, variable: str = "") -> Rule:
    def read(value: object) -> int:
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError
        return value

    return Rule(default, read, f"a whole number of {unit} from {low} to {high}", variable)


def _choice(names: tuple[str, ...], variable: str) -> Rule:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in names:
            raise ValueError
        return value

    return Rule(names[0], read, "one of " + ", ".join(names), variable)


def _switch(default: bool, variable: str) -> Rule:
    def read(value: object) -> bool:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str) or value.lower() not in _TRUE + _FALSE:
            raise ValueError
        return value.lower() in _TRUE

    return Rule(default, read, "true or false", variable)


def _read_keys(value: object) -> tuple[str, ...]:
    keys = [value] if isinstance(value, str) else value
    if not isinstance(keys, list):
        raise ValueError
    named = tuple(key for key in keys if isinstance(key, str) and key.isprintable() and 0 < len(key) <= 32)
    if len(named) != len(keys):
        raise ValueError
    return named


keys_rule = Rule((), _read_keys, 'a key such as "ctrl+r", or a list of keys')

RULES: dict[str, Rule] = {
    "readiness.poll_interval_ms": _whole(
        60_000, 5_000, 86_400_000, "milliseconds", "SERVER_READINESS_POLL_INTERVAL_MS"
    ),
    "ui.theme": _choice(("dark", "light", "ansi", "contrast"), "DAOFLOW_THEME"),
    "ui.ascii": _switch(False, "DAOFLOW_ASCII"),
    "ui.mouse": _switch(True, "DAOFLOW_MOUSE"),
    "read_only": _switch(False, "DAOFLOW_READ_ONLY"),
    "confirm": _choice(("typed", "sheet"), "DAOFLOW_CONFIRM"),
    "terminal.idle_minutes": _whole(30, 1, 1440, "minutes", "DAOFLOW_TERMINAL_IDLE_MINUTES"),
    "limits.cpu.warn": _whole(80, 1, 100, "percent"),
    "limits.cpu.hard": _whole(95, 1, 100, "percent"),
    "limits.memory.warn": _whole(80, 1, 100, "percent"),
    "limits.memory.hard": _whole(95, 1, 100, "percent"),
    "limits.disk.warn": _whole(80, 1, 100, "percent"),
    "limits.disk.hard": _whole(90, 1, 100, "percent"),
}
TABLES = {key.rpartition(".")[0] for key in RULES} | {"limits", "keys"}
