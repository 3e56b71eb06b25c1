"""cleanup.sh in every POSIX shell at hand: what is taken, what is left alone, and what is never even tried."""

from __future__ import annotations

import shlex

import pytest

from daoflow_core.model.steps import StepReply
from daoflow_core.parse.docker_things import read_observation
from daoflow_core.services.cleanup_script import observing_script

from .conftest import StepHost

CONTAINER, IMAGE, ENTRY = "a" * 64, "sha256:" + "b" * 64, "c" * 25
ENGINE = "'version --format dft='*) echo dft=26.1.5 ;;\n'info --format'*) echo dft=/var/lib/docker ;;\n"
EMPTY = (
    "'system df --format {{json .}}') ;;\n"
    '\'system df -v --format {{json .}}\') echo \'{"Images":[],"Containers":[],"Volumes":[],"BuildCache":[]}\' ;;\n'
    "*' ls '*) ;;\n"
)


def docker(host: StepHost, cases: str) -> None:
    """A Docker that notes what it was asked, then answers by the cases."""
    host.program(
        "docker",
        f'printf "%s\\n" "$*" >>"$HOME/asked"\ncase "$*" in\n{cases}*) echo odd >&2; exit 9 ;;\nesac\n',
    )


def asked(host: StepHost) -> list[str]:
    return (host.folder / "asked").read_text().splitlines()


def take(host: StepHost, *lines: str, limit: int = 2) -> StepReply:
    reply = host.run("cleanup", then="\n".join(["dft_reach_docker", *lines]), limit=limit)
    assert reply.whole
    return reply


def test_everything_is_asked_in_one_script_and_an_empty_engine_is_complete(step_host: StepHost) -> None:
    docker(step_host, ENGINE + EMPTY)
    reply = step_host.run("cleanup", then=observing_script())
    seen = read_observation(reply)
    assert seen.is_complete, seen.questions
    assert (seen.engine_version, seen.docker_root) == ("26.1.5", "/var/lib/docker")


def test_what_vanished_between_list_and_look_is_left_out_and_no_failure(step_host: StepHost) -> None:
    there = f"{CONTAINER} {IMAGE} exited 2026-11-25T13:01:05Z 2026-11-25T13:01:05Z"
    docker(
        step_host,
        f"{ENGINE}'container ls'*) echo {CONTAINER}; echo dead ;;\n"
        f"'container inspect'*) echo '{there}'; echo 'Error: No such container: dead' >&2; exit 1 ;;\n{EMPTY}",
    )
    reply = step_host.run("cleanup", then=observing_script())
    assert read_observation(reply).is_complete
    assert there.encode() in reply["containers"].stdout


def test_a_look_that_docker_refuses_is_no_empty_answer(step_host: StepHost) -> None:
    docker(
        step_host,
        f"{ENGINE}'container ls'*) echo {CONTAINER} ;;\n'container inspect'*) echo 'Error: boom' >&2; exit 1 ;;\n{EMPTY}",
    )
    seen = read_observation(step_host.run("cleanup", then=observing_script()))
    (missing,) = (one for one in seen.questions if not one.answered)
    assert missing.reason == "exit 1: Error: boom"


def test_an_engine_without_parents_of_images_is_asked_without_them(step_host: StepHost) -> None:
    docker(
        step_host,
        f"{ENGINE}'image ls -aq'*) echo {IMAGE} ;;\n"
        "'image inspect'*.Parent*) echo 'template: no field Parent' >&2; exit 1 ;;\n"
        f"'image inspect'*) echo '{IMAGE} 1 0 2026-11-25T13:01:05Z' ;;\n{EMPTY}",
    )
    seen = read_observation(step_host.run("cleanup", then=observing_script()))
    assert seen.is_complete, seen.questions
    assert [(one.id, one.names, one.parent) for one in seen.nodes] == [(IMAGE, 1, "")]


@pytest.mark.parametrize(
    ("now", "status", "removed"),
    [
        ("exited 1 2", 0, True),
        ("running 1 2", 202, False),
        ("paused 1 2", 202, False),
        ("exited 1 3", 201, False),
    ],
)
def test_a_container_goes_only_as_it_was_seen(
    step_host: StepHost, now: str, status: int, removed: bool
) -> None:
    docker(
        step_host,
        f"{ENGINE}'container inspect'*) echo 'dft={now}' ;;\n'container rm {CONTAINER}') echo gone ;;\n",
    )
    reply = take(step_host, f"dft_take_container item-0 {CONTAINER} 'exited 1 2'")
    assert reply["item-0"].status == status
    assert (f"container rm {CONTAINER}" in asked(step_host)) is removed


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Error: No such container: x", 200),
        ("Error response from daemon: remove x: volume is in use - [1]", 202),
        ("conflict: unable to delete x (must be forced) - image is being used by stopped container 9", 202),
        ("You cannot remove a running container 1. Stop the container", 202),
        ("You cannot remove a paused container 1. Unpause and then stop the container", 202),
        ("You cannot remove a restarting container 1. Stop the container", 202),
        ("conflict: unable to delete 1 (cannot be forced) - image has dependent child images", 202),
        ('cannot remove container "/x": container is paused and must be unpaused first', 202),
        ("driver overlay2 failed to remove root filesystem: operation not permitted", 1),
    ],
)
def test_docker_s_own_refusal_is_told_apart_from_a_failure(
    step_host: StepHost, words: str, status: int
) -> None:
    docker(
        step_host,
        f"{ENGINE}'container inspect'*) echo dft=exited ;;\n'container rm'*) echo {shlex.quote(words)} >&2; exit 1 ;;\n",
    )
    assert take(step_host, f"dft_take_container item-0 {CONTAINER} exited")["item-0"].status == status


def test_an_image_that_got_a_name_is_left_and_parents_are_never_taken_along(step_host: StepHost) -> None:
    docker(
        step_host,
        f"{ENGINE}'image inspect'*{IMAGE}) echo dft=1 ;;\n'image inspect'*) echo dft=0 ;;\n'image rm'*) ;;\n",
    )
    reply = take(step_host, f"dft_take_image item-0 {IMAGE}", "dft_take_image item-1 sha256:other")
    assert [reply[f"item-{number}"].status for number in (0, 1)] == [201, 0]
    assert [one for one in asked(step_host) if " rm " in one] == ["image rm --no-prune sha256:other"]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (f"{ENTRY} false false then", 0),
        (f"{ENTRY} true false then", 202),
        (f"{ENTRY} false true then", 202),
        (f"{ENTRY} false false later", 201),
        ("", 200),
    ],
)
def test_build_cache_goes_by_its_whole_id_and_only_as_it_was(
    step_host: StepHost, line: str, status: int
) -> None:
    docker(
        step_host,
        f"{ENGINE}'system df'*) echo '{line}' ;;\n'builder prune -f --filter id={ENTRY}') echo {ENTRY} ;;\n",
    )
    reply = take(step_host, "dft_cache_now", f"dft_take_cache item-0 {ENTRY} then")
    assert reply["item-0"].status == status
    assert any("builder prune" in one for one in asked(step_host)) is (status == 0)


def test_a_prune_that_took_nothing_is_no_removal(step_host: StepHost) -> None:
    docker(
        step_host,
        f"{ENGINE}'system df'*) echo '{ENTRY} false false then' ;;\n'builder prune'*) echo 'Total: 0B' ;;\n",
    )
    reply = take(step_host, "dft_cache_now", f"dft_take_cache item-0 {ENTRY} then")
    assert reply["item-0"].status == 202


def test_a_hostile_name_is_one_word_and_runs_nothing(step_host: StepHost) -> None:
    name = "$(touch pwned); `touch pwned` '\" * -f"
    docker(step_host, f"{ENGINE}'volume inspect'*) echo dft=then ;;\n'volume rm'*) ;;\n")
    take(step_host, f"dft_take_volume item-0 {shlex.quote(name)} then")
    assert asked(step_host)[-1] == f"volume rm {name}"
    assert not list(step_host.folder.rglob("pwned"))


def test_after_two_silences_nothing_more_is_tried(step_host: StepHost) -> None:
    docker(step_host, f"{ENGINE}'container inspect'*) sleep 30 ;;\n")
    reply = take(
        step_host, *(f"dft_take_container item-{number} {CONTAINER} x" for number in range(6)), limit=1
    )
    assert [reply[f"item-{number}"].status for number in range(6)] == [203] * 6
    assert sum(one.startswith("container inspect") for one in asked(step_host)) == 2
