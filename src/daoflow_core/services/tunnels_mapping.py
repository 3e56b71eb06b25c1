"""Matches a route's service to what runs on registered servers: mapped, unmapped, or honestly unknown."""

from __future__ import annotations

import ipaddress

from daoflow_core.model.published import Directory, PublishedService
from daoflow_core.model.tunnel_sync import Mapping, MappingState
from daoflow_core.parse.routes import parts

LOCAL = frozenset({"localhost", "host.docker.internal"})


def mapping_of(service: str | None, directory: Directory) -> Mapping:
    """Where a service leads."""
    where = None if service is None else parts(service)
    if where is None:
        return Mapping(
            state=MappingState.UNMAPPED, reason="It leads to no service: the tunnel answers it itself."
        )
    _, name, port = where
    return _by_port(port, directory) if _is_here(name) else _by_name(name, port, directory)


def _by_name(name: str, port: int | None, directory: Directory) -> Mapping:
    """By the service's own name, or the name it has inside its stack; it may listen on ports it does not publish."""
    named = [one for one in directory.services if _answers_to(one, name)]
    fitting = [one for one in named if port in one.targets or port in one.published or not one.targets]
    if named and not fitting:
        first = named[0]
        ports = ", ".join(str(number) for number in first.targets)
        reason = f"{first.name} on {first.server_name} publishes {ports}; whether it answers on {port} is not known."
        return Mapping(state=MappingState.UNKNOWN, reason=reason)
    return _of(fitting, f"named {name}", directory)


def _by_port(port: int | None, directory: Directory) -> Mapping:
    """On the machine of the connector itself: only a published port can tell."""
    found = [one for one in directory.services if port in one.published]
    return _of(found, f"that publishes port {port}", directory)


def _of(found: list[PublishedService], what: str, directory: Directory) -> Mapping:
    servers = {one.server_id for one in found}
    if len(servers) == 1:
        one = found[0]
        return Mapping(
            state=MappingState.MAPPED,
            server_id=one.server_id,
            server_name=one.server_name,
            service=one.name,
            reason=f"{one.name} on {one.server_name}",
        )
    if servers:
        names = ", ".join(sorted({one.server_name for one in found})[:5])
        return Mapping(
            state=MappingState.UNKNOWN, reason=f"{len(servers)} servers have a service {what}: {names}."
        )
    return _unmapped(f"No service {what} is known.", directory)


def _unmapped(reason: str, directory: Directory) -> Mapping:
    """Nobody has it; that is known only when every server was seen, and there is one at all."""
    if directory.unseen:
        names = ", ".join(directory.unseen[:3]) + ("…" if len(directory.unseen) > 3 else "")
        return Mapping(state=MappingState.UNKNOWN, reason=f"{reason} The services of {names} are not known.")
    if not directory.services:
        return Mapping(state=MappingState.UNKNOWN, reason="The services of no server are known.")
    return Mapping(state=MappingState.UNMAPPED, reason=reason)


def _answers_to(one: PublishedService, name: str) -> bool:
    own = one.name.lower()
    return own == name or own.endswith(f"_{name}")


def _is_here(name: str) -> bool:
    if name in LOCAL:
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
