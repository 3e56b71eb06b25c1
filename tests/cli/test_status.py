"""`status` for people and scripts: which servers, in which order, in which words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess

import pytest

from daoflow_core.errors import InvalidInput
from daoflow_tui.cli import lines
from daoflow_tui.cli.filters import compile_filter
from daoflow_tui.cli.lines import table


def server(**facts: object) -> dict[str, object]:
    plain = {
        "id": "srv_1",
        "name": "edge-eu-1",
        "serverHost": "10.0.0.1",
        "status": "ready",
        "serverStatus": "ready",
        "environment": "prod",
        "kind": "docker-engine",
        "issues": [],
    }
    return {**plain, **facts}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", True),
        ("edge", True),
        ("EDGE", True),
        ("edge eu", True),
        ("edge us", False),
        ("!edge", False),
        ("!us", True),
        ("state:ready", True),
        ("state:read", False),
        ("!state:ready", False),
        ("env:prod", True),
        ("env:none", False),
        ("kind:swarm", False),
        ("kind:engine state:ready !us", True),
        ("10.0.0.1", True),
        ("10.0.0.1:22", False),
        ("host:10.0", True),
        ("name:edge", True),
        ("id:srv_1", True),
    ],
)
def test_a_filter_takes_what_every_word_agrees_on(text, wanted):
    assert compile_filter(text)(server()) is wanted


def test_a_filter_finds_words_of_an_issue():
    assert compile_filter("hangs")(server(issues=["Docker on edge hangs."]))


def test_a_filter_with_an_unknown_field_names_the_fields():
    with pytest.raises(InvalidInput, match="no field 'colour'") as refused:
        compile_filter("colour:red")
    assert "state, env, kind" in refused.value.why


def test_the_summary_counts_what_the_filter_left(cli, ready):
    cli("server", "add", "--name", "down", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")
    summary = cli("status", "--filter", "state:blocked", "--json").data["servers"]["summary"]
    assert (summary["totalServers"], summary["blockedServers"], summary["readyServers"]) == (1, 1, 0)


def test_people_see_the_worst_first_in_words(cli, ready):
    cli("server", "add", "--name", "down", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")
    lines = cli("status").out.splitlines()
    assert lines[0].startswith("2 servers: 1 blocked, 0 attention, 0 unknown, 1 ready")
    assert [line.split()[0] for line in lines[1:]] == ["STATUS", "blocked", "ready"]
    assert "refused" in lines[2]


def test_people_are_told_how_many_verdicts_are_stale(cli, home, ready):
    assert "stale" not in cli("status").out.splitlines()[0]
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        database.execute("update readiness set checked_at = '2020-01-01T00:00:00.000Z'")
    database.close()
    assert (
        cli("status")
        .out.splitlines()[0]
        .startswith("1 server: 0 blocked, 0 attention, 0 unknown, 1 ready · 1 stale")
    )


def test_columns_stay_aligned_with_wide_text_and_nothing_acts_on_the_terminal():
    lines = table(("A", "B"), [("日本", "x"), ("\x1b[31mred", "y"), (None, "z")])
    assert lines == ["A     B", "日本  x", "red   y", "-     z"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a file system read-only")
def test_a_read_only_file_system_still_answers_reads(cli, home, ready):
    mounted = subprocess.run(["mount", "--bind", "-o", "ro", str(home), str(home)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not let us mount")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(home)], check=True)
        for words in (("status",), ("server", "list")):
            answer = cli(*words)
            assert answer.status == 0, answer
            assert "edge" in answer.out
            assert "nothing can be recorded" in answer.err
        assert cli("server", "remove", "--server", "edge", "--yes", "--json").code == "STORE_READ_ONLY"
    finally:
        subprocess.run(["umount", str(home)], check=True)


def test_on_a_narrow_terminal_the_reasons_stand_below_their_rows(monkeypatch):
    rows = [
        ("blocked", "db-eu-1", "it shows another host key than the approved one"),
        ("ready", "edge", None),
    ]
    wide = lines.table(("STATUS", "NAME", "WHY"), rows)
    assert wide[1].endswith("than the approved one")
    monkeypatch.setattr(lines, "_terminal_width", lambda: 40)
    narrow = lines.table(("STATUS", "NAME", "WHY"), rows)
    assert narrow[0].split() == ["STATUS", "NAME"]
    assert narrow[2:] == ["    it shows another host key than the", "    approved one", "ready    edge"]
    assert lines.table(("NAME", "ID"), [("edge", "srv_" + "0" * 60)])[1].endswith("0"), (
        "an id is never wrapped"
    )
