"""What the steps of `dft_observe` say: containers, images, volumes and build cache with whole ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from daoflow_core.model.cleanup import Question
from daoflow_core.model.docker_things import CacheEntry, Container, Image, ImageNode, Observation, Volume
from daoflow_core.model.resources import Disk
from daoflow_core.model.steps import TIMED_OUT, Step, StepReply
from daoflow_core.parse.image_layers import read_layers
from daoflow_core.parse.sizes import size_bytes
from daoflow_core.stamps import stamp
from daoflow_core.text import clean, decode

CONTAINER_ID = re.compile(r"[0-9a-f]{64}")
IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")
VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}")
CACHE_ID = re.compile(r"[a-z0-9]{25}")
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:?\d\d)?")
_STATE = re.compile(
    r"(?P<id>[0-9a-f]{64}) (?P<image>\S+) (?P<status>[a-z]+) (?P<started>\S+) (?P<finished>\S+)"
)
_NODE = re.compile(
    r"(?P<id>sha256:[0-9a-f]{64}) (?P<tags>\d{1,6}) \d{1,6} (?P<created>\S*)(?: (?P<parent>sha256:[0-9a-f]{64})?)?"
)
_DF = re.compile(
    r"(?P<device>.+?)\s+(?P<total>\d{1,18})\s+(?P<used>\d{1,18})\s+(?P<free>-?\d{1,18})\s+"
    r"(?P<percent>\d{1,3}%|-)\s+(?P<mount>.+)"
)
QUESTIONS = {
    "engine": "Docker itself",
    "usage": "containers, images, volumes and build cache",
    "dangling": "dangling images",
    "containers": "the state of each container",
    "volumes": "the age of each volume",
    "images": "what each image stands on",
    "layers": "the layers of each image",
    "disk": "the disk",
}


def read_observation(reply: StepReply, prefix: str = "") -> Observation:
    """Everything that one `dft_observe` saw; the step `engine` belongs to every one of the same script."""
    steps = {name: reply[name if name == "engine" else prefix + name] for name in QUESTIONS}
    usage = _usage(steps["usage"])
    questions = [_question(name, step) for name, step in steps.items()]
    if usage is None and steps["usage"].succeeded:
        unread = Question(name=QUESTIONS["usage"], answered=False, reason="its answer could not be read")
        questions = [unread if one.name == unread.name else one for one in questions]
    usage = usage or {}
    states = _states(steps["containers"])
    dangling = set(_lines(steps["dangling"]))
    ages = dict(_named(steps["volumes"]))
    disk, root = _disk(steps["disk"])
    version = decode(steps["engine"].stdout).split()
    return Observation(
        engine_version=version[1] if steps["engine"].succeeded and len(version) > 1 else None,
        questions=tuple(questions),
        containers=tuple(_container(row, states) for row in _rows(usage, "Containers", "ID", CONTAINER_ID)),
        images=tuple(_image(row, dangling) for row in _rows(usage, "Images", "ID", IMAGE_ID)),
        volumes=tuple(_volume(row, ages) for row in _rows(usage, "Volumes", "Name", VOLUME_NAME)),
        cache=tuple(_cache(row) for row in _rows(usage, "BuildCache", "ID", CACHE_ID)),
        nodes=tuple(_nodes(steps["images"])),
        layers=read_layers(steps["layers"]),
        disk=disk,
        docker_root=root,
    )


def _question(name: str, step: Step) -> Question:
    if step.succeeded:
        return Question(name=QUESTIONS[name], answered=True)
    words = decode(step.stderr.strip().split(b"\n")[-1])
    if step.status is None:
        reason = "not asked: the script ended before" if not step.command else "its answer did not come"
    elif step.status == TIMED_OUT:
        reason = "no answer within its time"
    else:
        reason = f"exit {step.status}: {words}" if words else f"exit {step.status}"
    return Question(name=QUESTIONS[name], answered=False, reason=reason)


def _usage(step: Step) -> Mapping[str, Any] | None:
    """The one JSON line among whatever else the client says."""
    for line in step.stdout.split(b"\n") if step.succeeded else ():
        if line.startswith(b"{"):
            try:
                found = json.loads(line)
            except ValueError:
                return None
            return found if isinstance(found, dict) else None
    return None


def _rows(usage: Mapping[str, Any], part: str, key: str, rule: re.Pattern[str]) -> Iterator[dict[str, str]]:
    """The rows of one part whose id is whole; an odd one is never acted on."""
    for row in usage.get(part) or ():
        if isinstance(row, dict) and rule.fullmatch(str(row.get(key, ""))):
            yield {str(name): clean(str(value)) for name, value in row.items()}


def _container(row: dict[str, str], states: Mapping[str, re.Match[str]]) -> Container:
    state = states.get(row["ID"])
    return Container(
        id=row["ID"],
        name=row.get("Names", "") or row["ID"][:12],
        image_id=state["image"] if state else "",
        state=state["status"] if state else row.get("State", ""),
        status=row.get("Status", ""),
        size_bytes=size_bytes(row.get("Size", "")),
        created_at=moment(row.get("CreatedAt", "")),
        mark=f"{state['status']} {state['started']} {state['finished']}" if state else "",
        volumes=tuple(name for name in row.get("Mounts", "").split(",") if name),
    )


def _image(row: dict[str, str], dangling: set[str]) -> Image:
    name, tag = row.get("Repository", "<none>"), row.get("Tag", "<none>")
    return Image(
        id=row["ID"],
        name=row["ID"][7:19] if name == "<none>" else name if tag == "<none>" else f"{name}:{tag}",
        dangling=row["ID"] in dangling,
        size_bytes=size_bytes(row.get("Size", "")),
        unique_bytes=size_bytes(row.get("UniqueSize", "")),
        created_at=moment(row.get("CreatedAt", "")),
    )


def _volume(row: dict[str, str], ages: Mapping[str, str]) -> Volume:
    links = row.get("Links", "")
    return Volume(
        name=row["Name"],
        anonymous="com.docker.volume.anonymous" in row.get("Labels", "")
        or bool(_ANONYMOUS.fullmatch(row["Name"])),
        links=int(links) if links.isascii() and links.isdecimal() else None,
        size_bytes=size_bytes(row.get("Size", "")),
        created_at=ages.get(row["Name"]),
    )


def _cache(row: dict[str, str]) -> CacheEntry:
    parents = re.findall(r"[a-z0-9]{25}", f"{row.get('Parent', '')} {row.get('Parents', '')}")
    return CacheEntry(
        id=row["ID"],
        parents=tuple(parents),
        kind=row.get("CacheType", ""),
        description=row.get("Description", ""),
        in_use=row.get("InUse", "") != "false",
        shared=row.get("Shared", "") != "false",
        size_bytes=size_bytes(row.get("Size", "")),
        created_at=moment(row.get("CreatedAt", "")),
        mark=row.get("LastUsedAt", ""),
    )


def _lines(step: Step) -> list[str]:
    return [decode(line) for line in step.stdout.split(b"\n") if line] if step.succeeded else []


def _states(step: Step) -> dict[str, re.Match[str]]:
    return {found["id"]: found for line in _lines(step) if (found := _STATE.fullmatch(line))}


def _named(step: Step) -> Iterator[tuple[str, str]]:
    for line in _lines(step):
        name, _, rest = line.partition(" ")
        if VOLUME_NAME.fullmatch(name) and _TIME.match(rest):
            yield name, rest


def moment(text: str) -> str | None:
    """A stamp in UTC from Docker's words (`2026-11-25 12:55:19.44 +0000 UTC`, RFC 3339); None when it is neither."""
    found = _TIME.match(text)
    if found is None:
        return None
    zone = (found[3] or "Z").replace("Z", "+00:00")
    try:
        return stamp(datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}").astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def _nodes(step: Step) -> Iterator[ImageNode]:
    for line in _lines(step):
        if found := _NODE.fullmatch(line):
            yield ImageNode(found["id"], int(found["tags"]), moment(found["created"]), found["parent"] or "")


def _disk(step: Step) -> tuple[Disk | None, str | None]:
    lines = _lines(step)
    root = next((line.removeprefix("root=") for line in lines if line.startswith("root=")), None)
    found = next((match for line in reversed(lines) if (match := _DF.fullmatch(line))), None)
    if found is None:
        return None, root
    total, used, free = (int(found[name]) * 1024 for name in ("total", "used", "free"))
    percent = found["percent"].removesuffix("%")
    return Disk(
        mount=found["mount"],
        total_bytes=total,
        used_bytes=used,
        available_bytes=free,
        total_gb=round(total / 1024**3, 1),
        used_gb=round(used / 1024**3, 1),
        available_gb=round(free / 1024**3, 1),
        used_percent=int(percent) if percent.isdecimal() else None,
    ), root
