"""The operator's own keys: `[keys]` of the configuration over the declared ones, and what is wrong there."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daoflow_tui.commands.base import AnyCommand, Command

Places = Mapping[str, Sequence[AnyCommand]]
Overrides = Mapping[str, str | Sequence[str]]
Keys = tuple[str, ...]

_NAMES = {
    unicodedata.name(sign).lower().replace("-", "_").replace(" ", "_"): sign for sign in string.punctuation
}
_WORDS = {
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace"),
    *("enter", "escape", "tab", "space"),
    *(f"f{number}" for number in range(1, 25)),
}
_ONE_KEY_IN_A_TERMINAL = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter", "ctrl+h": "backspace"}
WAY_OUT = {"terminal.leader", "terminal.release"}
"""What gives the keyboard back from a shell: it must never be lost to a rebinding."""
_TYPED_IN_SHELLS = {"ctrl+c", "ctrl+d", "ctrl+z"}
_LOST = {"ctrl+space": "terminals send nothing for it", "ctrl+enter": "terminals send plain enter for it"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in `[keys]`, and what was done about it; `ids` are the commands concerned."""

    ids: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force: `changed` holds only what the operator changed, `faults` what could not be taken."""

    changed: Mapping[str, Keys] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @classmethod
    def default(cls) -> Keymap:
        """Every command with the keys it declares."""
        return cls()

    def keys_of(self, command: Command[Any] | AnyCommand) -> Keys:
        """The keys that reach a command."""
        return self.changed.get(command.id, command.keys)


def resolve(places: Places, overrides: Overrides) -> Keymap:
    """The keys in force where `places` lists commands live together; a clash takes back only its own pair."""
    commands = {command.id: command for offered in places.values() for command in offered}
    changed, faults = _read(commands, overrides)
    while clash := next(_mendable(places, changed), None):
        faults.append(clash.fault("both keep the keys they are declared with"))
        changed = {command_id: keys for command_id, keys in changed.items() if command_id not in clash.pair}
    faults += [clash.fault("the one nearer to the cursor gets it") for clash in _clashes(places, changed)]
    return Keymap(changed, tuple(faults))


def check(places: Places, overrides: Overrides) -> tuple[Fault, ...]:
    """Everything wrong with the operator's keys, for `daoflow-tui keys check`; empty when all is well."""
    return resolve(places, overrides).faults


def _read(commands: Mapping[str, AnyCommand], overrides: Overrides) -> tuple[dict[str, Keys], list[Fault]]:
    changed: dict[str, Keys] = {}
    faults: list[Fault] = []
    for command_id, wanted in overrides.items():
        keys = tuple(map(canonical, wanted.split(",") if isinstance(wanted, str) else wanted))
        why = _refusal(command_id, keys, commands)
        if why:
            faults.append(Fault((command_id,), why))
        elif keys != commands[command_id].keys:
            changed[command_id] = keys
    return changed, faults


def _refusal(command_id: str, keys: Keys, commands: Mapping[str, AnyCommand]) -> str | None:
    if command_id not in commands:
        return f"No command is called {command_id!r}; `daoflow-tui keys` lists them all."
    if not keys or not all(keys):
        return f"{command_id} needs at least one key; it keeps {_listed(commands[command_id].keys)}."
    check = _no_way_out if command_id in WAY_OUT else _unusable
    reason = next(filter(None, map(check, keys)), None)
    return reason and f"{command_id}: {reason}; it keeps {_listed(commands[command_id].keys)}."


def canonical(key: str) -> str:
    """A key as commands write it: `exclamation_mark` is `!`, spaces around it are dropped."""
    *modifiers, name = [key] if len(key) == 1 else key.strip().split("+") if key.strip() != "+" else ["+"]
    return "+".join([*modifiers, _NAMES.get(name, name)])


def _unusable(key: str) -> str | None:
    if key in _ONE_KEY_IN_A_TERMINAL:
        return f"{key} can't be told from {_ONE_KEY_IN_A_TERMINAL[key]} in a terminal"
    if key in _LOST:
        return f"{key} can't be used, {_LOST[key]}"
    *modifiers, name = key.split("+") if len(key) > 1 else [key]
    known = len(name) == 1 and name.isprintable() and not name.isspace()
    if not (known or name in _WORDS) or not set(modifiers) <= {"ctrl", "shift", "alt", "super"}:
        return f"{key!r} is not the name of a key"
    return None


def _no_way_out(key: str) -> str | None:
    """Why a key can't give the keyboard back from a shell: people type it there, or terminals don't send it."""
    name = key.rsplit("+", 1)[-1]
    is_function = name[:1] == "f" and name[1:].isdigit()
    if is_function or (key.startswith("ctrl+") and key not in _TYPED_IN_SHELLS):
        return _unusable(key)
    return f"{key} is needed inside the shell, so it is no way out of it"


@dataclass(frozen=True, slots=True)
class _Clash:
    place: str
    key: str
    pair: tuple[str, str]

    def fault(self, done: str) -> Fault:
        return Fault(
            self.pair, f"In {self.place}, {self.pair[0]} and {self.pair[1]} both want {self.key}; {done}."
        )


def _mendable(places: Places, changed: Mapping[str, Keys]) -> Iterator[_Clash]:
    """Clashes that the operator made: at least one of the pair has changed keys to take back."""
    return (clash for clash in _clashes(places, changed) if not changed.keys().isdisjoint(clash.pair))


def _clashes(places: Places, changed: Mapping[str, Keys]) -> Iterator[_Clash]:
    for place, offered in places.items():
        owners: dict[str, str] = {}
        for command in dict.fromkeys(offered):
            for key in changed.get(command.id, command.keys):
                owner = owners.setdefault(key, command.id)
                if owner != command.id:
                    yield _Clash(place, key, (owner, command.id))


def _listed(keys: Iterable[str]) -> str:
    return " ".join(keys) or "no key"
