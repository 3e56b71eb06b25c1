"""A compose file made ready: variables filled in, every value known, and the text that is sent to the host."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from daoflow_core.model.stack import Finding, StackTarget
from daoflow_core.parse.compose_env import read_env
from daoflow_core.parse.compose_variables import BadVariableError, Filling
from daoflow_core.parse.compose_yaml import read_yaml, rejected

STACK_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
"""What Compose takes as a project name; a swarm takes all of these, too."""
SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
_BARE_VALUE = re.compile(r"(?:[-+]?[0-9][0-9_]*(?:\.[0-9]+)?|true|false)\Z")
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
UNSET = "DAOFLOW_NEVER_SET"
SWARM_VERSION = "3.8"
"""Docker 20.10 reads a file without a version as one of the first generation."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A source as it is applied: `tree` with every value filled in, and which ones came from variables.

    It holds secrets: it is never logged, shown or stored.
    """

    tree: dict[str, Any] = field(repr=False)
    filled: frozenset[tuple[str, ...]] = field(repr=False)
    missing: tuple[Finding, ...] = ()
    values: tuple[str, ...] = field(default=(), repr=False)

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """The services by name."""
        return self.tree["services"]  # type: ignore[no-any-return]

    def wire(self, target: StackTarget) -> str:
        """The text that Docker reads: JSON, which is YAML, so that no value can be mistaken for another."""
        tree = {key: value for key, value in self.tree.items() if key != "name"}
        if target is StackTarget.SWARM:
            tree.setdefault("version", SWARM_VERSION)
        else:
            tree.pop("version", None)
        return json_text(self._escaped(tree, ()))

    def _escaped(self, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - a tree
        """The value with `$` doubled. Where a variable gave a number, Docker's own filling makes it one again."""
        if isinstance(value, dict):
            return {key: self._escaped(one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self._escaped(one, (*path, str(number))) for number, one in enumerate(value)]
        if not isinstance(value, str):
            return value
        if path in self.filled and _BARE_VALUE.fullmatch(value):
            return f"${{{UNSET}-{value}}}"
        return value.replace("$", "$$")


def json_text(tree: object) -> str:
    """JSON that is YAML, too: Docker's reader knows no pairs of surrogates, and takes more signs for line ends."""
    text = json.dumps(tree, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def compile_source(compose: bytes, env: bytes | None) -> Compiled:
    """Read both files and fill one from the other. Raises ComposeRejected."""
    tree = read_yaml(compose)
    values = read_env(env) if env is not None else {}
    _check_shape(tree)
    filler = _Filler(values)
    filled = {
        key: value if key in ("version", "name") else filler.fill(value, (key,))
        for key, value in tree.items()
    }
    _pass_through(filled["services"], values, filler)
    return Compiled(filled, frozenset(filler.filled), tuple(filler.missing), tuple(values.values()))


def _check_shape(tree: dict[str, Any]) -> None:
    services = tree.get("services")
    if not isinstance(services, dict) or not services:
        raise rejected("compose file", "no-services", None, "It has no `services:`.")
    for name, service in services.items():
        if not SERVICE_NAME.fullmatch(name):
            raise rejected("compose file", "service-name", None, f"{name[:40]!a} is no name for a service.")
        if not isinstance(service, dict):
            raise rejected("compose file", "service", None, f"The service {name} is not a mapping.")


class _Filler:
    """Fills a tree, and remembers where, and what was missing."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self.filled: set[tuple[str, ...]] = set()
        self.missing: list[Finding] = []

    def fill(self, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - a tree
        if isinstance(value, dict):
            return {key: self.fill(one, (*path, key)) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one, (*path, str(number))) for number, one in enumerate(value)]
        if not isinstance(value, str) or "$" not in value:
            return value
        filling = Filling(self._values)
        try:
            text = filling.fill(value)
        except BadVariableError:
            where = ".".join(path)
            raise rejected(
                "compose file", "variable", None, f"A `$` at {where} begins no variable; write `$$` for one."
            ) from None
        for name, words in filling.missing.items():
            self.miss(name, path, words)
        if filling.used:
            self.filled.add(path)
        return text

    def miss(self, name: str, path: tuple[str, ...], words: str = "") -> None:
        said = f" ({words})" if words else ""
        service = path[1] if path[0] == "services" and len(path) > 1 else None
        self.missing.append(
            Finding(
                code="UNDEFINED_VARIABLE",
                message=f"{name} has no value, at {'.'.join(path)}{said}.",
                service=service,
            )
        )


def _pass_through(services: dict[str, dict[str, Any]], values: dict[str, str], filler: _Filler) -> None:
    """`environment: [NAME]` takes its value from the env file: never from whatever the host's shell holds."""
    for name, service in services.items():
        given = service.get("environment")
        if isinstance(given, list):
            service["environment"] = [_with_value(one, values, name, filler) for one in given]
        elif isinstance(given, dict):
            for key, value in given.items():
                if value is None:
                    given[key] = _value(key, values, name, filler)


def _with_value(item: Any, values: dict[str, str], service: str, filler: _Filler) -> Any:  # noqa: ANN401 - a tree
    if not isinstance(item, str) or "=" in item:
        return item
    return f"{item}={_value(item, values, service, filler)}"


def _value(name: str, values: dict[str, str], service: str, filler: _Filler) -> str:
    if name not in values:
        filler.miss(name, ("services", service, "environment"))
    return values.get(name, "")
