"""Readiness probes: `tcp:PORT` and `http://localhost:PORT/path`, asked on the host through published ports only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from daoflow_core.errors import InvalidInput
from daoflow_core.model.stack import Finding, ServiceFacts

LOOPBACK = "127.0.0.1"
MOST_PROBES = 16
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - what a compose file says, nothing is bound here
_TCP = re.compile(r"tcp:(?:(?P<host>[A-Za-z0-9.-]+):)?(?P<port>[0-9]{1,5})\Z")
_HTTP = re.compile(
    r"http://(?=[^/])(?P<host>[A-Za-z0-9._-]*)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]{0,300})?\Z"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (?P<status>[0-9]{3})[ \r]")


@dataclass(frozen=True, slots=True)
class Probe:
    """One question; `path` None asks only whether somebody takes the connection and keeps it."""

    words: str
    host: str
    port: int
    path: str | None = None

    def request(self, address: str) -> bytes:
        """What is said once connected; nothing for a port alone."""
        if self.path is None:
            return b""
        lines = (
            f"GET {self.path} HTTP/1.1",
            f"Host: {self.host or address}:{self.port}",
            "User-Agent: daoflow-tui",
            "Accept: */*",
            "Connection: close",
        )
        return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def read_probe(text: str) -> Probe:
    """A probe as it was typed. Raises InvalidInput."""
    if found := _TCP.fullmatch(text):
        probe = Probe(text, found["host"] or "", int(found["port"]))
    elif found := _HTTP.fullmatch(text):
        probe = Probe(text, found["host"], int(found["port"] or 80), found["path"] or "/")
    else:
        why = "HTTPS is not asked; `tcp:PORT` is." if text.startswith("https:") else ""
        raise InvalidInput(
            f"{text[:80]!a} is no probe.",
            why=why,
            next_step="Give `tcp:PORT` or `http://localhost:PORT/path`.",
            field="probe",
        )
    if not 1 <= probe.port <= 65535:
        raise InvalidInput(f"{probe.port} is no port.", next_step="Give one of 1 to 65535.", field="probe")
    return probe


def read_probes(texts: Iterable[str]) -> tuple[Probe, ...]:
    """All of them. Raises InvalidInput, also for too many."""
    found = tuple(read_probe(one) for one in texts)
    if len(found) > MOST_PROBES:
        raise InvalidInput(f"There are more than {MOST_PROBES} probes.", field="probe")
    return found


def refusals_of_probes(
    probes: Iterable[Probe], services: Iterable[ServiceFacts], hosts: Iterable[str]
) -> tuple[Finding, ...]:
    """Probes that could only be asked inside the stack's own networks, or that nothing publishes a port for."""
    services, ours = tuple(services), {"", "localhost", LOOPBACK, *hosts}
    found = []
    for probe in probes:
        if probe.host not in ours:
            words = (
                f"{probe.words} asks {probe.host}, which is not this host: probes of internal networks are not "
                "supported. Publish the port, then ask localhost."
            )
            found.append(Finding(code="INTERNAL_PROBE", message=words))
        elif address_of(probe, services) is None:
            words = f"{probe.words}: no service publishes port {probe.port}."
            found.append(Finding(code="PORT_NOT_PUBLISHED", message=words))
    return tuple(found)


def address_of(probe: Probe, services: Iterable[ServiceFacts]) -> str | None:
    """Where on the host the port of a probe answers; None when nothing publishes it."""
    for service in services:
        for one in service.published:
            if one.port == probe.port and one.protocol == "tcp":
                return LOOPBACK if one.host_ip in EVERYWHERE else one.host_ip
    return None


def status_of(answer: bytes) -> int | None:
    """The status of an HTTP answer, or None when it is none."""
    found = _STATUS.match(answer)
    return int(found["status"]) if found else None
