"""Instances: the living keep what is theirs, the dead are told apart, whatever ended them."""

import os
import signal
import subprocess
import sys

import pytest

from daoflow_core.errors import StoreReadOnly, StoreUnusable
from daoflow_core.store.instance import Instance

CHILD = """
import sys
from pathlib import Path
from daoflow_core.store.instance import Instance
instance = Instance(Path(sys.argv[1]))
print(instance.id, instance.take_poller_lock(), flush=True)
sys.stdin.readline()
instance.close()
"""


def a_child(folder):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    name, polls = child.stdout.readline().split()
    return child, name, polls == "True"


@pytest.fixture
def run(tmp_path):
    return tmp_path / "run"


def end(child):
    child.communicate("\n", timeout=20)


def test_a_living_process_is_not_dead_also_when_it_is_stopped(run):
    child, name, _ = a_child(run)
    instance = Instance(run)
    try:
        assert instance.dead_owners({name, instance.id}) == set()
        os.kill(child.pid, signal.SIGSTOP)
        assert instance.dead_owners({name}) == set()
        os.kill(child.pid, signal.SIGCONT)
    finally:
        end(child)
        assert instance.dead_owners({name, instance.id, "run_never_was"}) == {name, "run_never_was"}
        instance.close()


def test_a_killed_process_is_dead_and_its_file_is_swept(run):
    child, name, _ = a_child(run)
    child.kill()
    child.communicate()
    assert (run / f"{name}.lock").exists()
    instance = Instance(run)
    assert instance.dead_owners({name}) == {name}
    assert [file.name for file in run.glob("run_*.lock")] == [f"{instance.id}.lock"]
    instance.close()
    assert list(run.glob("run_*.lock")) == []


def test_a_clean_end_leaves_no_file(run):
    child, _, _ = a_child(run)
    end(child)
    assert list(run.glob("run_*.lock")) == []


def test_one_process_polls_and_the_next_takes_over_after_a_kill(run):
    child, _, polls = a_child(run)
    assert polls
    instance = Instance(run)
    assert not instance.take_poller_lock()
    child.kill()
    child.communicate()
    assert instance.take_poller_lock()
    assert instance.take_poller_lock()
    second, _, polls = a_child(run)
    assert not polls
    end(second)
    instance.release_poller_lock()
    third, _, polls = a_child(run)
    assert polls
    end(third)
    instance.close()


def test_two_instances_of_one_process_are_two(run):
    first, second = Instance(run), Instance(run)
    assert second.dead_owners({first.id}) == set()
    assert first.take_poller_lock()
    assert not second.take_poller_lock()
    first.close()
    assert second.dead_owners({first.id}) == {first.id}
    assert second.take_poller_lock()
    second.close()


def test_a_child_program_does_not_inherit_the_locks(run):
    instance = Instance(run)
    child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, close_fds=False)
    other = Instance(run)
    instance.close()
    assert other.dead_owners({instance.id}) == {instance.id}
    other.close()
    child.communicate(timeout=20)


def test_a_place_where_no_lock_can_be_is_told(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises((StoreUnusable, StoreReadOnly)):
        Instance(tmp_path / "run")
