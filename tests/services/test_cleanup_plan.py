"""What a cleanup takes and what it leaves, decided without a host; and how a run is judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.parse.test_docker_things import VERSIONS, recorded

from daoflow_core.model.cleanup import CleanupPreview, ItemKind, ItemOutcome
from daoflow_core.model.docker_things import (
    CacheEntry,
    Container,
    Image,
    ImageNode,
    Layer,
    Observation,
    Volume,
)
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.parse.docker_things import read_observation
from daoflow_core.preview_errors import PreviewMismatch
from daoflow_core.services.cleanup_judgement import preview_of
from daoflow_core.services.cleanup_outcome import run_of, status_of
from daoflow_core.services.cleanup_script import items_of, removing_script

BEGAN = "2026-11-25T13:20:00.000Z"
AT, LATER = "2026-11-25T13:00:00.000Z", "2026-11-25T13:00:05.000Z"


def image_id(letter: str) -> str:
    return "sha256:" + letter * 64


def container(letter: str, state: str, image: str = "f") -> Container:
    return Container(letter * 64, f"box-{letter}", image_id(image), state, state, 100, AT, f"{state} x y")


def image(letter: str, *, dangling: bool, unique: int = 1000) -> Image:
    name = letter * 12 if dangling else f"app:{letter}"
    return Image(image_id(letter), name, dangling, 5000, unique, AT)


def node(letter: str, tags: int = 0, parent: str = "") -> ImageNode:
    return ImageNode(image_id(letter), tags, AT, image_id(parent) if parent else "")


def entry(letter: str, **changes: object) -> CacheEntry:
    base = CacheEntry(letter * 25, (), "regular", f"step {letter}", False, False, 1000, AT, "used then")
    return replace(base, **changes)  # type: ignore[arg-type]


def plan(seen: Observation, *, volumes: bool = False) -> CleanupPreview:
    return preview_of(seen, include_volumes=volumes, began_at=BEGAN)


def ids(found: CleanupPreview, kind: ItemKind) -> list[str]:
    return [item.id for group in found.groups if group.kind is kind for item in group.items]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_recorded_engine_s_plan_is_what_its_prunes_took(version: str) -> None:
    """The run of these two plans on the real hosts removed all 27 and freed 29.8 MB."""
    found = plan(read_observation(recorded(version)))
    assert [len(group.items) for group in found.groups] == [5, 7, 15, 3]
    assert (found.item_count, found.foretold_bytes, found.foretold_at_most) == (27, 28315960, 28315960)
    taken = {item.id for item in items_of(found)}
    assert not taken & {one.id for one in found.kept}


@pytest.mark.parametrize("state", ["running", "paused", "restarting", "removing", ""])
def test_a_container_that_is_not_stopped_stays_with_its_image(state: str) -> None:
    seen = Observation(
        "26", (), (container("a", state, "b"),), (image("b", dangling=True),), nodes=(node("b"),)
    )
    found = plan(seen)
    assert found.item_count == 0
    assert {one.kind for one in found.kept} == {ItemKind.CONTAINER, ItemKind.IMAGE}


@pytest.mark.parametrize("state", ["created", "exited", "dead"])
def test_a_stopped_container_goes_and_frees_its_untagged_image(state: str) -> None:
    seen = Observation(
        "26", (), (container("a", state, "b"),), (image("b", dangling=True),), nodes=(node("b"),)
    )
    assert [item.id for item in items_of(plan(seen))] == ["a" * 64, image_id("b")]


def test_a_step_below_goes_after_its_image_and_only_when_nothing_else_stands_on_it() -> None:
    images = (image("a", dangling=True), image("c", dangling=False))
    nodes = (node("a", parent="d"), node("d", parent="e"), node("e"), node("c", 1, parent="e"))
    found = ids(plan(Observation("20", (), (), images, nodes=nodes)), ItemKind.IMAGE)
    assert found == [image_id("a"), image_id("d")]


def layers(*made: tuple[str, int, str]) -> tuple[Layer, ...]:
    return tuple(Layer(*one) for one in made)


BASE = (AT, 7000, "base")
OLD, NEW = (
    (LATER, 1000, "RUN /bin/sh -c make old # buildkit"),
    (LATER, 1000, "RUN /bin/sh -c make new # buildkit"),
)


def shared_case(*cache: CacheEntry) -> CleanupPreview:
    """An untagged image and a tagged one, made in the same second on the same base."""
    return plan(
        Observation(
            "26", (), (), (image("a", dangling=True), image("c", dangling=False)), (), cache,
            (node("a"), node("c", 1)),
            {image_id("a"): layers(BASE, OLD), image_id("c"): layers(BASE, NEW)},
        )
    )  # fmt: skip


def test_cache_that_only_an_image_that_goes_shares_goes_with_it_and_counts_once() -> None:
    old = entry("o", shared=True, created_at=LATER, description="mount / from exec /bin/sh -c make old")
    new = entry("n", shared=True, created_at=LATER, description="mount / from exec /bin/sh -c make new")
    found = shared_case(old, new)
    assert ids(found, ItemKind.BUILD_CACHE) == [old.id]
    assert found.foretold_bytes == 1000
    assert {one.id: one.reason for one in found.kept}[new.id] == "shared with an image that stays"


def test_cache_of_which_nobody_can_tell_whose_layer_it_is_stays_and_its_bytes_are_not_promised() -> None:
    either = entry("e", shared=True, created_at=LATER, description="fileop target")
    found = shared_case(either)
    assert ids(found, ItemKind.BUILD_CACHE) == []
    assert (found.foretold_bytes, found.foretold_at_most) == (0, 1000)


def test_cache_goes_children_first_and_never_what_kept_cache_stands_on() -> None:
    root, child = entry("r"), entry("c", parents=("r" * 25,))
    base, held = entry("b"), entry("h", parents=("b" * 25,), in_use=True)
    inner = entry("i", kind="internal")
    found = plan(Observation("26", (), cache=(root, base, held, child, inner)))
    assert ids(found, ItemKind.BUILD_CACHE) == [child.id, root.id]
    assert {one.id: one.reason for one in found.kept} == {
        base.id: "build cache that stays was made from it",
        held.id: "in use",
        inner.id: "internal: only a full prune takes it",
    }


def test_volumes_are_listed_and_left_unless_they_are_asked_for_named_ones_too() -> None:
    free, held = (
        Volume("data", False, 0, 50, "2026-11-25T13:01:04Z"),
        Volume("db", False, 1, 9, "2026-11-25T13:01:04Z"),
    )
    unknown = Volume("odd", False, None, None, "2026-11-25T13:01:04Z")
    for asked in (False, True):
        found = plan(Observation("20", (), volumes=(free, held, unknown)), volumes=asked)
        assert ids(found, ItemKind.VOLUME) == ["data"]
        assert (found.item_count, found.foretold_bytes) == ((1, 50) if asked else (0, 0))
        assert {one.id for one in found.kept} == {"db", "odd"}


def one_container() -> CleanupPreview:
    return plan(Observation("26", (), (container("a", "exited"), container("b", "exited"))))


def reply(first: Step, second: Step, *, whole: bool = True) -> StepReply:
    return StepReply(
        {"item-0": replace(first, name="item-0"), "item-1": replace(second, name="item-1")}, whole
    )


def step(
    status: int | None, stdout: bytes = b"", stderr: bytes = b"", command: str = "docker container rm"
) -> Step:
    return Step("item", command, status, stdout, stderr)


REMOVED = step(0)


@pytest.mark.parametrize(
    ("second", "left", "outcome", "status"),
    [
        (step(0), (), ItemOutcome.REMOVED, OperationStatus.COMPLETED),
        (step(200), (), ItemOutcome.GONE, OperationStatus.COMPLETED),
        (step(202, b"it is running now"), ("b",), ItemOutcome.KEPT, OperationStatus.COMPLETED),
        (step(201, b"changed"), ("b",), ItemOutcome.KEPT, OperationStatus.COMPLETED),
        (step(1, b"", b"driver failed"), ("b",), ItemOutcome.FAILED, OperationStatus.PARTIAL),
        (step(203, b"no answer"), ("b",), ItemOutcome.FAILED, OperationStatus.PARTIAL),
        (step(0), ("b",), ItemOutcome.FAILED, OperationStatus.PARTIAL),
        (step(124), ("b",), ItemOutcome.UNKNOWN, OperationStatus.PARTIAL),
        (step(124), (), ItemOutcome.REMOVED, OperationStatus.COMPLETED),
        (step(None), (), ItemOutcome.REMOVED, OperationStatus.COMPLETED),
        (step(None, command=""), ("b",), ItemOutcome.UNKNOWN, OperationStatus.PARTIAL),
    ],
)
def test_an_item_is_judged_by_its_command_and_by_what_is_there_afterwards(
    second: Step, left: tuple[str, ...], outcome: ItemOutcome, status: OperationStatus
) -> None:
    after = Observation("26", (), tuple(container(letter, "exited") for letter in left))
    run = run_of("op_1", one_container(), reply(REMOVED, second), after, None)
    assert [one.outcome for one in run.results] == [ItemOutcome.REMOVED, outcome]
    assert status_of(run) is status
    assert run.results[1].reason or outcome is ItemOutcome.REMOVED


def test_without_a_look_afterwards_what_was_not_heard_is_unknown_and_freed_is_not_zero() -> None:
    run = run_of("op_1", one_container(), reply(REMOVED, step(None)), None, None)
    assert (run.removed, run.unknown, run.freed_bytes, run.newcomers) == (1, 1, None, None)


def test_what_is_new_is_counted_and_what_was_kept_before_is_not_new() -> None:
    before = plan(Observation("26", (), (container("a", "exited"), container("b", "running"))))
    after = Observation("26", (), (container("b", "exited"), container("c", "exited")))
    run = run_of("op_1", before, StepReply({"item-0": replace(REMOVED, name="item-0")}, True), after, None)
    assert run.newcomers == 1


def test_a_script_quotes_what_came_from_a_host_and_refuses_a_part_of_an_id() -> None:
    found = plan(Observation("26", (), (replace(container("a", "exited"), mark="exited '; reboot; '"),)))
    assert """'exited '"'"'; reboot; '"'"''""" in removing_script(found)
    item = found.groups[0].items[0]
    short = item.model_copy(update={"id": item.id[:12]})
    cut = found.model_copy(update={"groups": (found.groups[0].model_copy(update={"items": (short,)}),)})
    with pytest.raises(PreviewMismatch):
        removing_script(cut)
