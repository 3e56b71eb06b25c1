"""What a plan of a stack says: changes, refusals, warnings and drift, out of the file and of what the host answered."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.model.server import Server
from daoflow_core.model.stack import Finding, ServiceFacts, StackRevision, StackTarget
from daoflow_core.model.steps import MISSING, Step, StepReply
from daoflow_core.parse.compose_findings import host_paths, refusals_of, warnings_of
from daoflow_core.parse.stack_probes import refusals_of_probes
from daoflow_core.parse.stack_state import Seen
from daoflow_core.redaction import Veil
from daoflow_core.services.stack_source import StackSource
from daoflow_core.text import decode

NO_TOOL = "COMPOSE_MISSING"


def file_refusals(source: StackSource, target: StackTarget, server: Server) -> tuple[Finding, ...]:
    """What the files alone tell that can't be done."""
    hosts = () if server.is_local else (server.endpoint.host,)
    return (
        *refusals_of(source.compiled, target),
        *refusals_of_probes(source.probes, source.facts, hosts),
    )


def host_findings(
    source: StackSource, target: StackTarget, reply: StepReply
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], str | None]:
    """Refusals and warnings that came from the host, and which of its tools has read the file."""
    refusals, warnings = [*_tool(target, reply)], [*warnings_of(source.compiled, target)]
    step = reply["validate"]
    validated_by = None
    if step.succeeded:
        validated_by = "docker stack config" if "stack config" in step.command else "docker compose config"
    elif step.status is not None:
        said = _words(step, source.veil) or f"exit {step.status}"
        refusals.append(Finding(code="REFUSED_BY_DOCKER", message=f"Docker does not take the file: {said}"))
    else:
        words = "This host has no tool that reads the file without applying it, so nothing checked it yet."
        warnings.append(Finding(code="NOT_VALIDATED", message=words))
    for number, (path, what) in enumerate(host_paths(source.compiled).items()):
        place = reply[f"place-{number}"]
        if place.succeeded:
            continue
        gone = b"o such file" in place.stderr or b"Not a directory" in place.stderr
        if gone:
            refusals.append(
                Finding(code="NOT_ON_HOST", message=f"{path} ({what}) does not exist on the host.")
            )
        else:
            warnings.append(
                Finding(
                    code="NOT_SEEN_ON_HOST",
                    message=f"{path} ({what}) can't be seen: {_words(place, source.veil)}",
                )
            )
    if target is StackTarget.SWARM and host_paths(source.compiled) and _nodes(reply["swarm"]) != 1:
        words = "Places on the host were looked for on this manager only; tasks may run on any node."
        warnings.append(Finding(code="ONLY_THIS_NODE", message=words))
    return tuple(refusals), tuple(warnings), validated_by


def _tool(target: StackTarget, reply: StepReply) -> list[Finding]:
    if target is StackTarget.SWARM:
        return manager_refusals(reply)
    step = reply["compose"]
    if step.succeeded and decode(step.stdout).strip().removeprefix("v").startswith("2"):
        return []
    found = decode(step.stdout).strip() if step.succeeded else _words(step) or "no answer"
    words = f"Stacks on an engine need Compose 2 as a plugin of Docker; the host says: {found[:120]}"
    return [Finding(code=NO_TOOL, message=words)]


def manager_refusals(reply: StepReply) -> list[Finding]:
    """Why the host can't change a stack of a swarm."""
    step = reply["swarm"]
    state = decode(step.stdout.strip()).split()
    if step.succeeded and state[:2] == ["active", "true"]:
        return []
    if not step.succeeded:
        return [
            Finding(
                code="SWARM_UNKNOWN", message=f"Docker did not tell its part in the swarm: {_words(step)}"
            )
        ]
    part = "a worker of one" if state[:1] == ["active"] else "in none"
    return [
        Finding(
            code="NOT_A_MANAGER", message=f"The host is registered as the manager of a swarm, and is {part}."
        )
    ]


def _nodes(step: Step) -> int | None:
    words = decode(step.stdout.strip()).split()
    return int(words[2]) if len(words) == 3 and words[2].isdigit() else None


def _words(step: Step, veil: Veil | None = None) -> str:
    """The last thing that a command said on stderr; hidden first, then cut."""
    said = [line for line in step.stderr.split(b"\n") if line.strip()]
    if step.status == MISSING and not said:
        return "command not found"
    return (veil or Veil()).over(decode(said[-1]))[:400] if said else ""


def drift_of(last: StackRevision | None, seen: Seen | None) -> tuple[tuple[str, ...] | None, str]:
    """How what runs differs from the last revision, as far as it can be seen; None with the reason where it can't."""
    if last is None:
        return None, "no revision is recorded yet"
    if seen is None:
        return None, "what runs could not be seen"
    running = {one.service: one for one in seen.services if one.state != "absent"}
    wanted = {one.name: one for one in last.services if one.started}
    found = [f"{name} does not run" for name in sorted(wanted.keys() - running.keys())]
    found += [f"{name} runs and is not in the revision" for name in sorted(running.keys() - wanted.keys())]
    for name in sorted(wanted.keys() & running.keys()):
        found += _differences(wanted[name], running[name].image, running[name].desired, running[name].running)
    return tuple(found), ""


def _differences(facts: ServiceFacts, image: str | None, desired: int | None, running: int) -> list[str]:
    found = []
    if facts.image and image and _tagged(facts.image) != _tagged(image):
        found.append(f"{facts.name} runs {image}, not {facts.image}")
    count = desired if desired is not None else running
    if facts.replicas is not None and count != facts.replicas:
        found.append(f"{facts.name} has {count} of {facts.replicas}")
    return found


def _tagged(image: str) -> str:
    """An image as Docker writes it out: `web` is `web:latest`."""
    bare = image.removeprefix("docker.io/").removeprefix("library/")
    return bare if ":" in bare.rsplit("/", 1)[-1] or "@" in bare else f"{bare}:latest"


def first_words(findings: Sequence[Finding]) -> str:
    """The first refusal in words, and how many more there are."""
    first = findings[0]
    who = f"{first.service}: " if first.service else ""
    more = f" ({len(findings) - 1} more)" if len(findings) > 1 else ""
    return f"{who}{first.message}{more}"
