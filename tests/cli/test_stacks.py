"""`server ops stack`: the documents match their schema, plans are shown before they are applied, and nothing leaks."""

from __future__ import annotations

import json
import sqlite3

import pytest

from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_core.services import stack_watch
from daoflow_core.services.stack_watch import Rhythm
from daoflow_tui.cli import envelope
from daoflow_tui.cli.answers.table import ANSWERS

CANARY = "s3cr3t-canary-0815"
STACK = ("server", "ops", "stack")
NAME = ("--server", "edge", "--stack", "shop")


@pytest.fixture
def files(ready, peer, tmp_path, monkeypatch):
    """A compose file, its env file, and a host on which they can be deployed."""
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.02, steady=0.05))
    folder = tmp_path / "engine"
    furnish(folder, PLANS[0])
    peer.peer.setup.environment.update(environment(folder))
    compose, env = tmp_path / "shop.yml", tmp_path / "shop.env"
    compose.write_text("services:\n  web:\n    image: app:${TAG:-1}\n    environment: {PW: $PW}\n")
    env.write_text(f"PW={CANARY}\n")
    return (*NAME, "--compose-file", str(compose), "--env-file", str(env))


def holds(verb, answer):
    """Validate a real answer against the model of its command, from JSON as a reader would."""
    ANSWERS[f"server ops stack {verb}"].model_validate_json(json.dumps(answer.data), strict=True)
    return answer.data


def test_every_verb_answers_as_its_schema_says(cli, files):
    plan = holds("plan", cli(*STACK, "plan", *files, "--json"))
    assert plan["operation"]["dryRun"] is True
    assert plan["result"]["changes"][0]["service"] == "web"
    done = holds(
        "deploy", cli(*STACK, "deploy", *files, "--plan", plan["operation"]["id"], "--yes", "--json")
    )
    assert (done["result"]["revision"], done["result"]["planId"]) == (1, plan["operation"]["id"])
    assert (
        holds("deploy", cli(*STACK, "deploy", *files, "--dry-run", "--json"))["operation"]["kind"]
        == "stack_plan"
    )
    assert (
        holds("rollback", cli(*STACK, "rollback", *NAME, "--to", "1", "--yes", "--json"))["status"]
        == "completed"
    )
    listed = holds("list", cli(*STACK, "list", "--server", "edge", "--json"))
    assert [(one["stack"], one["good"]) for one in listed["stacks"]] == [("shop", 2)]
    shown = holds("show", cli(*STACK, "show", *NAME, "--json"))
    assert [one["againOf"] for one in shown["revisions"]] == [1, None]
    holds("remove", cli(*STACK, "remove", *NAME, "--dry-run", "--json"))
    holds("remove", cli(*STACK, "remove", *NAME, "--yes", "--json"))
    assert holds("list", cli(*STACK, "list", "--server", "edge", "--json"))["stacks"][0]["removedAt"]


def test_people_see_the_plan_before_its_change_and_no_value_of_a_variable(cli, files):
    answer = cli(*STACK, "deploy", *files, "--yes")
    assert answer.status == 0
    assert answer.out.index("shop on edge: 1 added.") < answer.out.index(
        "shop is deployed on edge as revision 1."
    )
    texts = [answer.out, answer.err]
    operation = answer.out.split()[-1]
    texts += [cli("server", "ops", "logs", "--operation", operation).out, cli(*STACK, "show", *NAME).out]
    texts += [
        cli("audit", "list", "--json").out,
        cli("server", "ops", "history", "--server", "edge", "--json").out,
    ]
    assert "docker compose --project-directory / --env-file /dev/null -p shop -f - up -d" in texts[2]
    assert not any(CANARY in text for text in texts)


def test_people_see_the_log_of_a_change_while_it_runs_and_json_stays_silent(cli, files, home, monkeypatch):
    seen: dict[str, str] = {}

    def warn(line: str) -> None:
        with sqlite3.connect(f"file:{home / 'daoflow.db'}?mode=ro", uri=True) as database:
            (status,) = database.execute("select status from operations order by id desc limit 1").fetchone()
        database.close()
        seen[line] = status

    with monkeypatch.context() as patched:
        patched.setattr(envelope, "warn", warn)
        answer = cli(*STACK, "deploy", *files, "--yes")
    assert answer.status == 0
    (command,) = [line for line in seen if "docker compose" in line and " up -d" in line]
    assert seen[command] == "running"
    log = cli("server", "ops", "logs", "--operation", answer.out.split()[-1]).out.splitlines()
    assert list(seen) == log, "every line of the change once, in order, and none of its plan"
    assert cli(*STACK, "remove", *NAME, "--yes", "--json").err == ""
    assert cli(*STACK, "deploy", *files, "--yes", "--quiet").err == ""


def test_a_refused_plan_is_a_failure_with_all_its_reasons(cli, files, tmp_path):
    (tmp_path / "shop.yml").write_text("services:\n  web:\n    image: app:$TAG\n    volumes: ['./x:/x']\n")
    answer = cli(*STACK, "plan", *files, "--json")
    assert (answer.status, answer.code) == (1, "STACK_REFUSED")
    codes = [one["code"] for one in answer.document["result"]["refusals"]]
    assert codes == ["UNDEFINED_VARIABLE", "RELATIVE_PATH"]
    deployed = cli(*STACK, "deploy", *files, "--yes", "--json")
    assert (deployed.status, deployed.code) == (1, "STACK_REFUSED")


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [("services:\n\tweb: {}\n", "tab", 2), ("services: {web: {image: a, image: b}}\n", "duplicate-key", 1)],
)
def test_a_bad_file_is_an_error_with_a_reason_and_a_line(cli, files, tmp_path, text, reason, line):
    (tmp_path / "shop.yml").write_text(text)
    answer = cli(*STACK, "plan", *files, "--json")
    assert (answer.status, answer.code) == (1, "COMPOSE_REJECTED")
    assert (answer.document["reason"], answer.document["line"]) == (reason, line)


def test_a_compose_file_may_come_from_standard_input(cli, files):
    words = (*STACK, "plan", *NAME, "--compose-file", "-", "--json")
    assert cli(*words, stdin=b"services: {web: {image: app}}\n").status == 0
    both = cli(*words, "--env-file", "-", stdin=b"services: {web: {image: app}}\n")
    assert both.code == "INVALID_INPUT"


@pytest.mark.parametrize("verb", ["deploy", "rollback", "remove"])
def test_nothing_is_changed_without_yes(cli, files, counted, verb):
    words = files if verb == "deploy" else NAME
    before = counted()
    assert cli(*STACK, verb, *words, "--json").code == "CONFIRMATION_REQUIRED"
    assert cli(*STACK, verb, *words, "--dry-run", "--yes", "--json").code == "USAGE"
    assert counted() == before
