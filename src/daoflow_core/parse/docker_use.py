"""Whether Docker answered a resource check, and what `docker system df` said."""

from __future__ import annotations

import json
from collections.abc import Iterator

from daoflow_core.model.facts import Fault
from daoflow_core.model.host import Section
from daoflow_core.model.resources import DiskUsage, DockerUse
from daoflow_core.model.steps import TIMED_OUT, Step
from daoflow_core.parse.docker import read_engine
from daoflow_core.parse.sizes import size_bytes
from daoflow_core.text import clean, decode

_ANSWERS = {Fault.MISSING: False, Fault.DOWN: False}
_WORDS = {Fault.HUNG: "Docker did not answer", Fault.DENIED: "permission denied"}


def read_docker(engine: Step, usage: Step) -> DockerUse:
    """What the steps `engine` and `docker_df` say. A stopped or missing Docker is an answer, silence is none."""
    if engine.status is None:
        why = "the answer did not come" if engine.command else "Docker was not asked: the check ended before"
        return DockerUse(summary="Docker was not asked", reason=why)
    said = engine.stdout if engine.succeeded else engine.stderr
    facts = read_engine(Section("docker", engine.status, decode(said.strip().split(b"\n")[0]), 0.0))
    if facts.version is None:
        fault = facts.fault or Fault.OTHER
        words = facts.words or _WORDS.get(fault, "docker said nothing")
        return DockerUse(
            reachable=_ANSWERS.get(fault), summary=f"Docker: {words}", fault=fault.value, reason=words
        )
    found = tuple(_rows(usage.stdout)) if usage.succeeded else ()
    return DockerUse(
        reachable=True,
        version=facts.version,
        way=facts.way,
        disk_usage=found or None,
        summary=f"Docker {facts.version} answers",
        reason=None if found else _why_no_usage(usage),
    )


def _why_no_usage(step: Step) -> str:
    if step.status == TIMED_OUT:
        return "`docker system df` gave no answer within its time"
    if step.status is None:
        return "the answer of `docker system df` did not come"
    words = decode(step.stderr.strip().split(b"\n")[-1])
    return f"`docker system df`: {words or f'status {step.status}, and nothing that can be read'}"


def _rows(output: bytes) -> Iterator[DiskUsage]:
    """One type a line, in JSON; any other line is a warning of the client."""
    for line in output.split(b"\n"):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("Type"), str):
            yield _row({str(name): clean(str(value)) for name, value in row.items()})


def _row(row: dict[str, str]) -> DiskUsage:
    size, reclaimable = row.get("Size", ""), row.get("Reclaimable", "")
    return DiskUsage(
        type=row["Type"],
        total_count=_count(row.get("TotalCount", "")),
        active=_count(row.get("Active", "")),
        size=size,
        reclaimable=reclaimable,
        size_bytes=size_bytes(size),
        reclaimable_bytes=size_bytes(reclaimable),
    )


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
