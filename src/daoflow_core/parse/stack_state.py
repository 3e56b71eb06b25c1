"""What runs of a stack, out of the steps of stack.sh, and whether that is what was wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from daoflow_core.model.stack import RunningService, StackTarget
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.text import clean, decode

_REPLICAS = re.compile(r"(?P<running>[0-9]{1,9})/(?P<desired>[0-9]{1,9})(?P<rest>.*)\Z", re.DOTALL)
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\Z")
GIVEN_UP = ("paused", "rollback_started", "rollback_paused", "rollback_completed")
"""States of an update that a swarm will not bring to its end."""
STILL = ("updating", "rollback_started")
HOPELESS_TASKS = 3
"""So many tasks of one service that ended badly since the change: more of the same comes."""
_BAD_TASKS = ("failed", "rejected")


@dataclass(frozen=True, slots=True)
class Seen:
    """What runs at one moment; `mark` is equal in two looks when nothing began, ended or changed between them."""

    services: tuple[RunningService, ...]
    mark: tuple[object, ...] = ()
    bad_tasks: Mapping[str, str] | None = None
    hopeless: str | None = None

    @property
    def good(self) -> bool:
        """Whether every service is as it is wanted."""
        return bool(self.services) and all(one.good for one in self.services)


Wanted = Mapping[str, int | None]
"""The services a file asks for, and how many of each; None: one a node."""


def read_seen(
    reply: StepReply,
    target: StackTarget,
    stack: str,
    wanted: Wanted,
    *,
    prefix: str = "",
    known_bad: Mapping[str, str] | None = None,
) -> Seen | None:
    """What the steps tell; None when a question stayed unanswered."""
    if target is StackTarget.COMPOSE:
        return _compose(reply[f"{prefix}containers"], wanted)
    steps = [reply[f"{prefix}{name}"] for name in ("services", "specs", "tasks")]
    if not all(step.succeeded for step in steps):
        return None
    return _swarm(steps, stack, wanted, known_bad or {})


def _rows(step: Step) -> Iterator[Any]:
    for line in step.stdout.split(b"\n"):
        if line[:1] in (b"[", b"{"):
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _compose(step: Step, wanted: Wanted) -> Seen | None:
    if not step.succeeded:
        return None
    by_service: dict[str, list[list[Any]]] = {}
    for row in _rows(step):
        if isinstance(row, list) and len(row) == 9:
            by_service.setdefault(str(row[0]), []).append(row)
    names = sorted(by_service.keys() | wanted.keys())
    services = tuple(_compose_service(name, by_service.get(name, []), wanted) for name in names)
    mark = tuple(
        sorted(
            (str(r[1]), str(r[3]), r[5], str(r[6]), str(r[7])) for rows in by_service.values() for r in rows
        )
    )
    dead = [
        row
        for rows in by_service.values()
        for row in rows
        if row[3] in ("exited", "dead") and row[4] != 0 and row[8] in ("no", "")
    ]
    hopeless = (
        f"{_name(dead[0][1])} ended with status {dead[0][4]} and is not started again" if dead else None
    )
    return Seen(services, mark, hopeless=hopeless)


def _compose_service(name: str, rows: list[list[Any]], wanted: Wanted) -> RunningService:
    running = [row for row in rows if row[3] == "running"]
    done = [row for row in rows if row[3] == "exited" and row[4] == 0]
    healthy = all(row[7] in ("", "healthy") for row in running)
    desired = _desired(name, wanted)
    good = None if desired is None else len(running) + len(done) == desired == len(rows) and healthy
    worst = next((row for row in rows if row not in running and row not in done), None)
    detail = ""
    if worst is not None:
        detail = f"{_name(worst[1])}: {worst[3]}, exit {worst[4]}, {worst[5]} restarts"
    elif not healthy:
        sick = next(row for row in running if row[7] not in ("", "healthy"))
        detail = f"{_name(sick[1])}: {clean(str(sick[7]))}"
    elif again := sum(row[5] for row in running if isinstance(row[5], int)):
        detail = f"{again} restarts"
    states = sorted({str(row[3]) for row in rows}) or ["absent"]
    image = clean(str(rows[0][2])) if rows else None
    return RunningService(
        service=clean(name),
        image=image,
        running=len(running),
        desired=desired,
        good=good,
        state=clean(" and ".join(states)),
        detail=clean(detail),
    )


def _desired(name: str, wanted: Wanted) -> int | None:
    """How many containers an engine should run of a service; `one a node` is one there."""
    if not wanted:
        return None
    count = wanted.get(name, 0)
    return 1 if count is None else count


def _name(name: object) -> str:
    return clean(str(name).removeprefix("/"))


def _swarm(steps: list[Step], stack: str, wanted: Wanted, known_bad: Mapping[str, str]) -> Seen:
    listed, specs, tasks = steps
    updates = {str(row[0]): row for row in _rows(specs) if isinstance(row, list) and len(row) == 4}
    rows = {str(row.get("Name")): row for row in _rows(listed) if isinstance(row, dict)}
    bad = _bad_tasks(tasks)
    fresh = {key: words for key, words in bad.items() if key not in known_bad}
    found = []
    for name in sorted({one.removeprefix(f"{stack}_") for one in rows} | set(wanted)):
        full = f"{stack}_{name}"
        told = next((words.partition("|") for words in fresh.values() if words.startswith(f"{full}|")), None)
        found.append(_swarm_service(name, rows.get(full), updates.get(full), wanted, told[2] if told else ""))
    mark = tuple(
        sorted((n, str(r.get("Replicas")), *map(str, updates.get(n, ())[1:])) for n, r in rows.items())
    )
    return Seen(tuple(found), (*mark, len(bad)), bad, _hopeless(updates, fresh, stack))


def _bad_tasks(step: Step) -> dict[str, str]:
    """Tasks that ended badly: by id, `service|what was said of it`."""
    found = {}
    for row in _rows(step):
        state = str(row.get("CurrentState", "")).split(" ", 1)[0].lower()
        if state in _BAD_TASKS:
            service = str(row.get("Name", "")).lstrip("\\_ ").rsplit(".", 1)[0]
            found[str(row.get("ID"))] = clean(
                f"{service}|{row.get('Error') or state} on {row.get('Node') or '?'}"
            )
    return found


def _swarm_service(
    name: str, row: Mapping[str, Any] | None, spec: list[Any] | None, wanted: Wanted, told: str
) -> RunningService:
    if row is None:
        return RunningService(service=clean(name), desired=wanted.get(name, 1), good=False, state="absent")
    counts = _REPLICAS.fullmatch(str(row.get("Replicas", "")))
    update = str(spec[2]) if spec else ""
    unwanted = bool(wanted) and name not in wanted
    if counts is None:
        running, desired, good = 0, None, None
    else:
        running, desired = int(counts["running"]), int(counts["desired"])
        done = _REPLICAS.search(counts["rest"].strip(" ()").partition(" ")[0])
        complete = done is not None and "completed" in counts["rest"] and done["running"] == done["desired"]
        good = (running == desired or complete) and update not in (*GIVEN_UP, "updating") and not unwanted
    image = _DIGEST.sub("", str(spec[1] if spec else row.get("Image", "")))
    said = str(spec[3]) if spec and update in GIVEN_UP else ""
    return RunningService(
        service=clean(name),
        image=clean(image),
        running=running,
        desired=desired,
        good=good,
        state=clean(f"update {update}" if update and update != "completed" else str(row.get("Mode", ""))),
        detail=clean(": ".join(one for one in (said, told) if one))[:400],
    )


def _hopeless(updates: Mapping[str, list[Any]], fresh: Mapping[str, str], stack: str) -> str | None:
    """A sentence when waiting longer can't help."""
    for name, row in updates.items():
        if row[2] in GIVEN_UP:
            return clean(f"the update of {name.removeprefix(stack + '_')} is {row[2]}: {row[3]}")[:400]
    for name in updates:
        ended = [words for words in fresh.values() if words.startswith(f"{name}|")]
        if len(ended) >= HOPELESS_TASKS:
            said = ended[-1].partition("|")[2]
            return clean(f"{len(ended)} tasks of {name.removeprefix(stack + '_')} ended badly: {said}")[:400]
    return None


def names_of(step: Step) -> tuple[str, ...] | None:
    """The lines a listing printed; None when it did not answer."""
    if not step.succeeded:
        return None
    return tuple(sorted(decode(line) for line in step.stdout.split(b"\n") if line))
