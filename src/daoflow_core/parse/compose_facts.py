"""What a compose file asks for, service by service, in words that may be shown and kept: no values of variables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from daoflow_core.model.stack import FieldChange, Published, ServiceChange, ServiceFacts
from daoflow_core.parse.compose import Compiled

SHOWN = ("image", "ports", "environment", "volumes", "networks", "scale")
MOST_PORTS = 200
_PORT = re.compile(
    r"(?:(?P<ip>\[[0-9a-fA-F:]+\]|[0-9]+(?:\.[0-9]+){3}|\*):)?(?:(?P<published>[0-9]+(?:-[0-9]+)?)?:)?"
    r"(?P<target>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>tcp|udp|sctp))?\Z"
)


def facts_of(compiled: Compiled) -> tuple[ServiceFacts, ...]:
    """Every service, by name."""
    return tuple(_facts(name, one) for name, one in sorted(compiled.services.items()))


def _facts(name: str, service: dict[str, Any]) -> ServiceFacts:
    ports = [one for item in _items(service.get("ports")) for one in _port(item)]
    image = service.get("image")
    return ServiceFacts(
        name=name,
        started=not service.get("profiles"),
        image=image if isinstance(image, str) else None,
        replicas=_replicas(service),
        ports=tuple(words for words, _ in ports),
        environment=tuple(sorted(environment_of(service))),
        mounts=tuple(_mount(one) for one in _items(service.get("volumes"))),
        networks=tuple(sorted(_names(service.get("networks")))),
        published=tuple(one for _, one in ports if one is not None)[:MOST_PORTS],
    )


def _replicas(service: dict[str, Any]) -> int | None:
    given = service.get("deploy")
    deploy: dict[str, Any] = given if isinstance(given, dict) else {}
    if deploy.get("mode") in ("global", "global-job"):
        return None
    for count in (deploy.get("replicas"), service.get("scale")):
        if isinstance(count, int) and not isinstance(count, bool):
            return count
        if isinstance(count, str) and count.isascii() and count.isdigit():
            return int(count)
    return 1


def environment_of(service: dict[str, Any]) -> dict[str, str]:
    """The variables of a service by name, with their values: for comparing, never for showing."""
    given = service.get("environment")
    if isinstance(given, dict):
        return {key: _plain(value) for key, value in given.items()}
    pairs = (str(one).partition("=") for one in _items(given))
    return {name: value for name, _, value in pairs}


def _plain(value: Any) -> str:  # noqa: ANN401 - a tree
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _port(item: Any) -> Iterator[tuple[str, Published | None]]:  # noqa: ANN401 - a tree
    """How one entry of `ports` is shown, and what it publishes."""
    if isinstance(item, dict):
        protocol, published = str(item.get("protocol", "tcp")), str(item.get("published", "") or "")
        host_ip, target = str(item.get("host_ip", "") or ""), str(item.get("target", "?"))
        mode = " host" if item.get("mode") == "host" else ""
    else:
        found = _PORT.fullmatch(str(item))
        if found is None:
            yield str(item), None
            return
        protocol, published = found["protocol"] or "tcp", found["published"] or ""
        host_ip, target, mode = (found["ip"] or "").strip("[]*"), found["target"], ""
    shown = f"{host_ip + ':' if host_ip else ''}{published or 'any'}:{target}/{protocol}{mode}"
    ports = list(_range(published))
    yield shown, None if len(ports) != 1 else Published(port=ports[0], protocol=protocol, host_ip=host_ip)
    if len(ports) > 1:
        for port in ports:
            yield f"{port} of {published}", Published(port=port, protocol=protocol, host_ip=host_ip)


def _range(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    if not first.isdigit() or (last and not last.isdigit()):
        return
    yield from range(int(first), min(int(last or first), int(first) + MOST_PORTS) + 1)


def _mount(item: Any) -> str:  # noqa: ANN401 - a tree
    if isinstance(item, dict):
        return f"{item.get('source') or item.get('type', '?')}:{item.get('target', '?')}"
    return str(item)


def _items(value: Any) -> list[Any]:  # noqa: ANN401 - a tree
    return value if isinstance(value, list) else []


def _names(value: Any) -> list[str]:  # noqa: ANN401 - a tree
    return [str(one) for one in value] if isinstance(value, list | dict) else []


def changes_of(before: Compiled | None, after: Compiled | None) -> tuple[ServiceChange, ...]:
    """What is added, changed, removed and left as it is between two sources, by service."""
    old = {one.name: one for one in facts_of(before)} if before else {}
    new = {one.name: one for one in facts_of(after)} if after else {}
    found = []
    for name in sorted(old.keys() | new.keys()):
        was, becomes = old.get(name), new.get(name)
        if was is None or becomes is None or before is None or after is None:
            word = "added" if was is None else "removed"
            found.append(ServiceChange(service=name, change=word, fields=_described(becomes or was, word)))
            continue
        fields = (*_between(was, becomes), *_values_between(before, after, name))
        found.append(ServiceChange(service=name, change="changed" if fields else "same", fields=fields))
    return (*found, *_around(before, after))


def _around(before: Compiled | None, after: Compiled | None) -> Iterator[ServiceChange]:
    """What differs beside the services: networks, volumes, secrets, configs, by name alone."""
    if before is None or after is None:
        return
    for section in sorted((before.tree.keys() | after.tree.keys()) - {"services", "version", "name"}):
        was, becomes = before.tree.get(section) or {}, after.tree.get(section) or {}
        if was == becomes:
            continue
        names = sorted({*_names(was), *_names(becomes)})
        differing = [one for one in names if _part(was, one) != _part(becomes, one)]
        fields = tuple(
            FieldChange(
                field="setting",
                before=one if _part(was, one) is not _ABSENT else "",
                after=one if _part(becomes, one) is not _ABSENT else "",
            )
            for one in differing
        )
        yield ServiceChange(service=f"{section}:", change="changed", fields=fields)


_ABSENT = object()


def _part(section: Any, name: str) -> Any:  # noqa: ANN401 - a tree
    return section.get(name, _ABSENT) if isinstance(section, dict) else section


def _described(facts: ServiceFacts | None, word: str) -> tuple[FieldChange, ...]:
    """All that a service is, as what comes or goes."""
    empty = ServiceFacts(name="", replicas=0)
    if facts is None:
        return ()
    return _between(empty, facts) if word == "added" else _between(facts, empty)


def _between(was: ServiceFacts, becomes: ServiceFacts) -> tuple[FieldChange, ...]:
    single = (
        FieldChange(field="image", before=was.image or "", after=becomes.image or ""),
        FieldChange(field="replicas", before=_count(was), after=_count(becomes)),
    )
    found = [one for one in single if one.before != one.after]
    for name in ("ports", "environment", "mounts", "networks"):
        old, new = getattr(was, name), getattr(becomes, name)
        found += [FieldChange(field=name, before=one) for one in old if one not in new]
        found += [FieldChange(field=name, after=one) for one in new if one not in old]
    return tuple(found)


def _count(facts: ServiceFacts) -> str:
    return "one a node" if facts.replicas is None else str(facts.replicas) if facts.name else ""


def _values_between(before: Compiled, after: Compiled, name: str) -> tuple[FieldChange, ...]:
    """Names whose values differ, and every other setting that differs, by its name alone."""
    was, becomes = before.services[name], after.services[name]
    old, new = environment_of(was), environment_of(becomes)
    found = [
        FieldChange(field="environment", before=key, after=f"{key}, another value")
        for key in sorted(old.keys() & new.keys())
        if old[key] != new[key]
    ]
    rest = sorted((was.keys() | becomes.keys()) - set(SHOWN))
    for key in rest:
        one, other = was.get(key), becomes.get(key)
        if key == "deploy":
            one, other = _without_replicas(one), _without_replicas(other)
        if (one or None) != (other or None):
            becoming = f"{key}, otherwise" if one and other else key
            found.append(
                FieldChange(field="setting", before=key if one else "", after=becoming if other else "")
            )
    return tuple(found)


def _without_replicas(deploy: Any) -> Any:  # noqa: ANN401 - a tree
    return {k: v for k, v in deploy.items() if k != "replicas"} if isinstance(deploy, dict) else deploy
