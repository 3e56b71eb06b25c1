"""What real engines said of everything they keep, read back; and what nobody may be misled by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.model.docker_things import Observation
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.parse.docker_things import read_observation
from daoflow_core.parse.steps import STDOUT, Collector, FrameReader

RECORDED = Path(__file__).parent.parent / "recorded" / "docker"
VERSIONS = ("20.10.24", "26.1.5")
CONTAINER, IMAGE = "a" * 64, "sha256:" + "b" * 64


def recorded(version: str) -> StepReply:
    """The reply of a real host: both were filled by the same script."""
    collector, reader = Collector(), FrameReader("n0nce")
    collector.take(STDOUT, reader.feed((RECORDED / f"{version}-cleanup.txt").read_bytes()))
    return StepReply(collector.steps(), collector.whole)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_real_engine_s_whole_state_is_read(version: str) -> None:
    seen = read_observation(recorded(version))
    assert seen.is_complete, seen.questions
    assert seen.engine_version is not None
    assert seen.engine_version.startswith(version)
    states = sorted(one.state for one in seen.containers)
    assert states == [
        "created",
        "created",
        "exited",
        "exited",
        "exited",
        "paused",
        "restarting",
        "running",
        "running",
    ]
    assert all(one.mark and one.image_id for one in seen.containers)
    assert (len(seen.images), len(seen.nodes), len(seen.cache), len(seen.volumes)) == (12, 14, 22, 5)
    assert sum(one.dangling for one in seen.images) == 7
    assert sum(bool(node.parent) for node in seen.nodes) >= 4
    assert set(seen.layers) == {one.id for one in seen.images}
    assert sorted((one.links, one.anonymous) for one in seen.volumes) == [
        (0, False), (0, False), (0, True), (1, False), (1, True),
    ]  # fmt: skip
    assert all(one.created_at for one in seen.volumes)
    assert seen.disk is not None
    assert (seen.disk.mount, seen.docker_root) == ("/var/lib/docker", "/var/lib/docker")


def answered(**changes: Step) -> StepReply:
    """An engine that keeps nothing, with other steps put in."""
    empty = b'{"Images":[],"Containers":[],"Volumes":[],"BuildCache":null}'
    steps = {
        "engine": Step("engine", "docker version", 0, b"plain 26.1.5", b""),
        "usage": Step("usage", "docker system df", 0, empty, b""),
        **{
            name: Step(name, "docker", 0, b"", b"")
            for name in ("containers", "volumes", "images", "dangling", "layers")
        },
        "disk": Step("disk", "df", 0, b"root=/d\n/dev/x 100 60 40 60% /d", b""),
    }
    return StepReply({**steps, **changes}, True)


def test_an_engine_that_keeps_nothing_is_complete_and_empty() -> None:
    seen = read_observation(answered())
    assert (seen.is_complete, seen.containers, seen.images, seen.cache) == (True, (), (), ())


@pytest.mark.parametrize("name", ["engine", "usage", "containers", "volumes", "images", "dangling", "layers"])
@pytest.mark.parametrize("status", [1, 124, 127, None])
def test_any_question_without_an_answer_is_named_and_none_is_zero(name: str, status: int | None) -> None:
    seen = read_observation(answered(**{name: Step(name, "docker", status, b"", b"Error: boom")}))
    (missing,) = (one for one in seen.questions if not one.answered)
    assert missing.reason
    assert not seen.is_complete


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b"WARNING: something", b"null"])
def test_an_answer_that_can_t_be_read_is_no_answer(said: bytes) -> None:
    assert not read_observation(answered(usage=Step("usage", "docker", 0, said, b""))).is_complete


def usage(**parts: object) -> Step:
    row = {"Images": [], "Containers": [], "Volumes": [], "BuildCache": [], **parts}
    return Step("usage", "docker", 0, b"WARNING: old client\n" + json.dumps(row).encode(), b"")


@given(st.text(max_size=200), st.text(max_size=60))
def test_whatever_names_a_host_tells_no_control_character_comes_through(name: str, status: str) -> None:
    row = {
        "ID": CONTAINER,
        "Names": name,
        "Status": status,
        "Size": "1.05MB (virtual 5MB)",
        "State": "exited",
    }
    image = {"ID": IMAGE, "Repository": name, "Tag": status, "UniqueSize": "N/A", "Size": status}
    state = f"{CONTAINER} {IMAGE} exited 2026-11-25T13:01:05Z 2026-11-25T13:01:05Z".encode()
    seen = read_observation(
        answered(
            usage=usage(Containers=[row], Images=[image]),
            containers=Step("containers", "docker", 0, state, b""),
        )
    )
    (container,) = seen.containers
    shown = container.name + container.status + seen.images[0].name
    assert not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in shown.replace("\t", ""))


@pytest.mark.parametrize(
    "odd",
    ["", "a" * 24, "a" * 26, "A" * 25, "a" * 24 + "*", "a" * 24 + "\n", "$(reboot)" + "a" * 16, "é" * 25],
)
def test_a_build_cache_entry_without_a_whole_id_is_never_acted_on(odd: str) -> None:
    row = {"ID": odd, "InUse": "false", "Shared": "false", "Size": "1B", "CacheType": "regular"}
    assert read_observation(answered(usage=usage(BuildCache=[row]))).cache == ()


@given(st.text(max_size=300))
def test_only_a_name_that_docker_gives_is_taken_for_a_volume(name: str) -> None:
    seen: Observation = read_observation(answered(usage=usage(Volumes=[{"Name": name, "Links": "0"}])))
    assert all(
        one.name.isascii() and not set(one.name) & set(" \t\n'\"$`;*?/\\-") - set("-") for one in seen.volumes
    )
    assert all(not one.name.startswith("-") for one in seen.volumes)
