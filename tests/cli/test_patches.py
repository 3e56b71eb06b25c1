"""`server ops patch`: the plan as one document or as a table, security first, and the truth in the exit status."""

from __future__ import annotations

import pytest

from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_tui.cli.answers.table import ANSWERS

PLAN = ("server", "ops", "patch", "--server", "edge")


@pytest.fixture
def become(ready, peer, tmp_path):
    """Have the registered host answer as one of the demo fleet."""

    def change(name: str) -> None:
        folder = tmp_path / name
        furnish(folder, next(one for one in PLANS if one.name == name))
        peer.peer.setup.environment.update(environment(folder))

    return change


def test_the_document_holds_every_package_and_what_to_run(cli, become):
    become("edge-us-2")
    answer = cli(*PLAN, "--json")
    assert answer.status == 0
    ANSWERS["server ops patch"].model_validate(answer.data)
    result = answer.data["result"]
    assert (result["status"], result["packageCount"], result["securityCount"]) == ("available", 10, 6)
    assert len(result["packages"]) == 10
    assert result["rebootRequired"] is True
    assert "sudo apt-get upgrade" in result["commands"]


def test_people_read_security_first_then_the_rest_and_last_what_is_held(cli, become):
    become("edge-us-2")
    answer = cli(*PLAN)
    assert answer.status == 0
    rows = [line.split() for line in answer.out.splitlines()]
    names = [row[0] for row in rows if row and row[0] in ("curl", "openssl", "tzdata", "docker-ce")]
    assert names == ["curl", "openssl", "tzdata", "docker-ce"]
    assert "Reboot needed: yes (linux-image-6.1.0-37-amd64)" in answer.out
    assert "Package lists were refreshed 1d" in answer.out


def test_an_up_to_date_host_is_told_in_words(cli, become):
    become("edge-eu-1")
    answer = cli(*PLAN)
    assert answer.status == 0
    assert "Nothing to update." in answer.out


def test_what_the_manager_does_not_tell_is_not_made_up(cli, become):
    become("ci-runner-1")
    answer = cli(*PLAN)
    assert answer.status == 0
    assert answer.out.count("not told") == 4
    assert "the host does not tell" in answer.out


def test_a_plan_that_could_not_be_made_is_a_failure_with_the_manager_s_words(cli, become):
    become("legacy-1")
    answer = cli(*PLAN, "--json")
    assert (answer.status, answer.code) == (1, "PATCH_PLAN_FAILED")
    assert answer.document["status"] == "failed"
    assert answer.document["result"]["packageCount"] is None
    words = cli(*PLAN)
    assert words.status == 1
    assert "Malformed entry 1 in list file" in words.err
