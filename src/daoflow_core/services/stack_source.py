"""The source of a stack: the files of a request, or those sealed with a revision, made ready to be applied."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property

from daoflow_core.errors import InvalidInput, NotFound
from daoflow_core.model.stack import ServiceFacts, StackRevision, StackTarget
from daoflow_core.model.vault import Place
from daoflow_core.parse.compose import STACK_NAME, Compiled, compile_source
from daoflow_core.parse.compose_facts import environment_of, facts_of
from daoflow_core.parse.stack_probes import Probe, read_probes
from daoflow_core.ports import Database, Vault
from daoflow_core.redaction import Veil
from daoflow_core.secret import Secret
from daoflow_core.store import sealed

TABLE, FIELD, VERSION = "stack_revisions", "source", 1
SHORTEST_SECONDS, LONGEST_SECONDS = 10, 3600


@dataclass(frozen=True, slots=True)
class StackRequest:
    """What an operator asks for: a name, the files, what has to answer afterwards, and how long that may take."""

    stack: str
    compose: Secret
    env: Secret | None = None
    probes: tuple[str, ...] = ()
    timeout: int = 300


@dataclass(frozen=True)
class StackSource:
    """Files that were read and understood; `hidden` are the values that are kept in no log."""

    request: StackRequest = field(repr=False)
    compiled: Compiled = field(repr=False)
    facts: tuple[ServiceFacts, ...]
    probes: tuple[Probe, ...]
    digest: str
    hidden: tuple[str, ...] = field(repr=False)

    @cached_property
    def veil(self) -> Veil:
        """Hides those values in what a host says, before it is cut or kept."""
        return Veil(self.hidden)

    @property
    def wanted(self) -> dict[str, int | None]:
        """The services that are started, and how many of each."""
        return {one.name: one.replicas for one in self.facts if one.started}

    def sealed_bytes(self) -> Secret:
        """Both files as they are sealed with a revision."""
        env = self.request.env.reveal().decode("utf-8") if self.request.env is not None else None
        kept = {"compose": self.request.compose.reveal().decode("utf-8"), "env": env}
        return Secret(json.dumps(kept).encode("ascii"))


def check_name(stack: str) -> str:
    """The name of a stack as Docker takes it. Raises InvalidInput."""
    if not STACK_NAME.fullmatch(stack):
        raise InvalidInput(
            f"{stack[:80]!a} is no name for a stack.",
            why="A name has small letters, digits, `-` and `_`, begins with a letter or a digit, and is no longer "
            "than 63 characters.",
            next_step="Choose another name.",
            field="stack",
        )
    return stack


class StackSources:
    """Reads requests and sealed revisions."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def read(self, request: StackRequest) -> StackSource:
        """A request understood. Raises InvalidInput or ComposeRejected."""
        check_name(request.stack)
        if not SHORTEST_SECONDS <= request.timeout <= LONGEST_SECONDS:
            raise InvalidInput(
                f"A timeout of {request.timeout} s can't be used.",
                next_step=f"Give {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds.",
                field="timeout",
            )
        probes = read_probes(request.probes)
        env = request.env.reveal() if request.env is not None else None
        compiled = compile_source(request.compose.reveal(), env)
        facts = facts_of(compiled)
        digest = self._digest(request.compose.reveal(), env)
        return StackSource(request, compiled, facts, probes, digest, _hidden(compiled, facts))

    async def reopen(self, revision: StackRevision) -> StackSource:
        """The source of a revision. Raises NotFound, VaultLocked or VaultDamaged."""
        place = place_of(revision.id)
        blob = await sealed.get(self._database, place)
        if blob is None:
            raise NotFound(
                f"The files of revision {revision.number} of {revision.stack} are not in the store.",
                next_step="Deploy from the files themselves.",
            )
        kept = json.loads(self._vault.open(place, blob).reveal())
        env = None if kept["env"] is None else Secret(kept["env"].encode("utf-8"))
        compose = Secret(kept["compose"].encode("utf-8"))
        request = StackRequest(revision.stack, compose, env, revision.probes, revision.timeout_seconds)
        return self.read(request)

    def seal(self, revision_id: str, source: StackSource) -> tuple[Place, bytes]:
        """The files of a source, sealed for its revision. Raises VaultLocked."""
        place = place_of(revision_id)
        return place, self._vault.seal(place, source.sealed_bytes())

    def _digest(self, compose: bytes, env: bytes | None) -> str:
        """A keyed fingerprint of both files: nobody without the vault can try values against it."""
        parts = [len(compose).to_bytes(8, "big"), compose, b"\0" if env is None else b"\1", env or b""]
        return self._vault.mac("stack source", b"".join(parts)).hex()


def place_of(revision_id: str) -> Place:
    """Where the files of a revision lie sealed."""
    return Place(TABLE, revision_id, FIELD, VERSION)


def _hidden(compiled: Compiled, facts: tuple[ServiceFacts, ...]) -> tuple[str, ...]:
    """Values of variables and inline secrets, but not what the plan shows anyway: images, ports, names."""
    shown = " ".join(
        " ".join((one.name, one.image or "", *one.ports, *one.mounts, *one.networks, *one.environment))
        for one in facts
    )
    values = {*compiled.values}
    for service in compiled.services.values():
        values.update(environment_of(service).values())
    configs = compiled.tree.get("configs")
    for one in configs.values() if isinstance(configs, dict) else ():
        if isinstance(one, dict) and isinstance(one.get("content"), str):
            values.add(one["content"])
    return tuple(sorted(one for one in values if one and one not in shown))


def commands_of(target: StackTarget, stack: str, verb: str) -> tuple[str, ...]:
    """The command line that a change runs on the host; the file goes to its standard input."""
    if target is StackTarget.SWARM:
        return (
            (f"docker stack rm {stack}",)
            if verb == "remove"
            else (f"docker stack deploy --prune -c - {stack}",)
        )
    base = f"docker compose --project-directory / --env-file /dev/null -p {stack}"
    return (
        (f"{base} down --remove-orphans",) if verb == "remove" else (f"{base} -f - up -d --remove-orphans",)
    )
