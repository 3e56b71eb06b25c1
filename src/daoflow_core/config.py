"""Settings: defaults, then the TOML file, then the environment, then flags; each value knows its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from daoflow_core.config_file import Entry, read_entries
from daoflow_core.config_rules import KEYS, RULES, Rule, keys_rule
from daoflow_core.errors import ConfigInvalid
from daoflow_core.model.settings import Limit, Origin, Settings
from daoflow_core.text import clean, shorten

FLAG = "command line"
DEFAULT = "default"


def load(file: Path, environ: Mapping[str, str], flags: Mapping[str, object] | None = None) -> Settings:
    """The settings in force; flags go by dotted key, `None` means not given. Raises ConfigInvalid."""
    found = {key: Origin(key, rule.read(rule.default), DEFAULT) for key, rule in RULES.items()}
    for entry in (*read_entries(file), *_from_environment(environ), *_from_flags(flags or {})):
        found[entry.key] = _checked(entry)
    _refuse_crossed_limits(found)
    return _assemble(found)


def _from_environment(environ: Mapping[str, str]) -> Iterator[Entry]:
    for key, rule in RULES.items():
        if rule.variable in environ:
            yield Entry(key, environ[rule.variable], rule.variable)


def _from_flags(flags: Mapping[str, object]) -> Iterator[Entry]:
    for key, value in flags.items():
        if value is not None:
            yield Entry(key, value, FLAG)


def _checked(entry: Entry) -> Origin:
    """The value as its rule reads it."""
    rule = keys_rule if entry.key.startswith(KEYS) else RULES.get(entry.key)
    if rule is None:
        raise _unknown(entry)
    try:
        return Origin(entry.key, rule.read(entry.value), entry.source)
    except ValueError:
        raise _refused(entry, rule) from None


def _unknown(entry: Entry) -> ConfigInvalid:
    import difflib  # only a mistake pays for it

    key = _shown(entry.key)
    near = difflib.get_close_matches(entry.key, RULES, n=1)
    advice = (
        f"did you mean {near[0]}?" if near else "remove it; `daoflow-tui config show` lists every setting"
    )
    return ConfigInvalid(
        f"Unknown setting {key} in {entry.place}.", next_step=advice, field=key, source=entry.source
    )


def _refused(entry: Entry, rule: Rule) -> ConfigInvalid:
    key = _shown(entry.key)
    return ConfigInvalid(
        f"{key} must be {rule.allowed}, not {_shown(repr(entry.value))} (from {entry.place})",
        next_step=f"Correct it in {entry.place}, or take it out for the default",
        field=key,
        source=entry.source,
        allowed=rule.allowed,
    )


def _refuse_crossed_limits(found: Mapping[str, Origin]) -> None:
    """A resource that turns to fault before it is worth attention is a typing mistake."""
    for resource in ("cpu", "memory", "disk"):
        warn, hard = found[f"limits.{resource}.warn"], found[f"limits.{resource}.hard"]
        if int(str(warn.value)) > int(str(hard.value)):
            raise ConfigInvalid(
                f"{warn.key} ({warn.value}, from {warn.source}) must not be above "
                f"{hard.key} ({hard.value}, from {hard.source})",
                next_step=f"Lower {warn.key} or raise {hard.key}",
                field=warn.key,
                source=warn.source,
            )


def _assemble(found: Mapping[str, Origin]) -> Settings:
    value: dict[str, Any] = {key: origin.value for key, origin in found.items()}
    limits = {
        name: Limit(value[f"limits.{name}.warn"], value[f"limits.{name}.hard"])
        for name in ("cpu", "memory", "disk")
    }
    return Settings(
        poll_interval_ms=value["readiness.poll_interval_ms"],
        theme=value["ui.theme"],
        ascii=value["ui.ascii"],
        mouse=value["ui.mouse"],
        read_only=value["read_only"],
        confirm=value["confirm"],
        terminal_idle_minutes=value["terminal.idle_minutes"],
        keys=MappingProxyType({key.removeprefix(KEYS): value[key] for key in value if key.startswith(KEYS)}),
        origin_of=tuple(found[key] for key in sorted(found)),
        **limits,
    )


def _shown(text: str) -> str:
    return shorten(clean(text), 60)
