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
    """By the service's own name, or the name it has inside a stack; a port that is known must agree."""
    named = [one for one in directory.services if _answers_to(one, name)]
    fitting = [one for one in named if one.ports is None or port in one.ports]
    if named and not fitting:
        ports = ", ".join(str(port) for port in named[0].ports or ()) or "none"
        return _unmapped(
            f"{named[0].name} on {named[0].server_name} publishes {ports}, not {port}.", directory
        )
    return _of(fitting, f"named {name}", directory)


def _by_port(port: int | None, directory: Directory) -> Mapping:
    """On the machine of the connector itself: only a published port can tell."""
    return _of(
        [one for one in directory.services if one.ports and port in one.ports],
        f"that publishes port {port}",
        directory,
    )


def _of(found: list[PublishedService], what: str, directory: Directory) -> Mapping:
    servers = {one.server_id for one in found}
    if len(servers) == 1:
        one = found[0]
        return Mapping(
            state=MappingState.MAPPED,
            server_id=one.server_id,
            server_name=one.server_name,
            service=one.name,
            reason=f"{one.name} on {one.server_name}"
            + (", its ports are not known" if one.ports is None else ""),
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
