"""The order of an import: a jump host first, what lies behind it once it is registered, or the reason why not. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from daoflow_core.model.server import Server
from daoflow_core.model.ssh_config import Candidate


@dataclass(frozen=True, slots=True)
class Imported:
    """A host that was registered (no id in a dry run); `key_problem` says why it got no key."""

    candidate: Candidate
    server_id: str | None
    key_problem: str | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A host that was not registered, and why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class Hop:
    """What a host is registered through: a server's id, None for none or one that a dry run makes up; or why not."""

    server_id: str | None = None
    skip: str = ""


class HopsFirst:
    """Deals out the wanted hosts in turns: each only when the host it is reached through has had its own."""

    def __init__(
        self, wanted: Sequence[Candidate], file: Sequence[Candidate], registered: Sequence[Server]
    ) -> None:
        self._left = list(wanted)
        self._wanted = {one.alias for one in wanted}
        self._file = {one.alias: one for one in file}
        self._registered = {one.name: one for one in registered}

    def next_turn(self, outcomes: Mapping[str, Imported | Skipped]) -> list[tuple[Candidate, Hop]]:
        """Those that can be settled now; empty when none is left."""
        turn = [(one, hop) for one in self._left if (hop := self._hop(one, outcomes)) is not None]
        if not turn:  # they wait for each other
            turn = [
                (one, Hop(skip=f"It and {one.jump} are reached through each other.")) for one in self._left
            ]
        settled = {one.alias for one, _ in turn}
        self._left = [one for one in self._left if one.alias not in settled]
        return turn

    def _hop(self, one: Candidate, outcomes: Mapping[str, Imported | Skipped]) -> Hop | None:
        """None while its jump host still has to have its turn."""
        if one.skip or not one.jump:
            return Hop(skip=one.skip)
        known = self._known(one.jump)
        if known is not None:
            return Hop(known.id)
        match outcomes.get(one.jump):
            case Imported(_, server_id, _):
                return Hop(server_id)
            case Skipped(_, reason):
                return Hop(skip=f"Its jump host {one.jump} is left out: {reason}")
        if one.jump in self._wanted:
            return None
        why = "is neither registered nor taken over in this run"
        return Hop(skip=f"Its jump host {one.jump} {why}. Register it first, then import again.")

    def _known(self, jump: str) -> Server | None:
        """The registered server that is meant: under that name, and where the file says it is."""
        server, written = self._registered.get(jump), self._file.get(jump)
        if server is None or written is None or written.skip:
            return server
        return (
            server if (server.endpoint.host, server.endpoint.port) == (written.host, written.port) else None
        )
