"""`tunnels`: the mission document's lines as written, every verb, and no credential in anything that comes out."""

from __future__ import annotations

import base64
import contextlib
import os
import sqlite3

import pytest
from tests.providers.fake_cloudflare import ACCOUNT, TOKEN, fake_cloudflare
from tests.traps.canaries import Canary, Sweep

from daoflow_core.providers import http

SECRET = "canary-second-token-Hk2mWd9s"


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    with fake_cloudflare() as one:
        monkeypatch.setenv("DAOFLOW_CLOUDFLARE_URL", one.url)
        yield one


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "api-token"
    path.write_text(TOKEN + "\n")
    return str(path)


@pytest.fixture
def cloud(cli, fake, token_file):
    """A tunnel at the provider with two routes, recorded as edge; gives the provider's one."""
    there = fake.add("edge", ("a.example.com", "http://web:3000"), ("b.example.com", "http://api:80"))
    words = ("--provider", "cloudflare", "--account-id", ACCOUNT, "--provider-tunnel-id", there.id)
    made = cli("tunnels", "create", "--name", "edge", *words, "--credentials-file", token_file, "--yes")
    assert made.status == 0
    return there


def test_the_mission_document_s_lines_work_as_written(cli):
    assert cli("tunnels", "list", "--json").data == {"tunnels": []}
    made = cli(
        *["tunnels", "create", "--name", "edge", "--domain", "app.example.com", "--yes", "--json"]
    ).data["tunnel"]
    assert (made["name"], made["domain"], made["config"]["provider"]) == ("edge", "app.example.com", "manual")
    assert (made["status"], made["state"], made["hasCredentials"]) == ("inactive", "unknown", False)
    line = "tunnels sync --tunnel-id tun_123 --route app.example.com=web:3000 --yes --json"
    done = cli(*line.replace("tun_123", made["id"]).split()).data
    assert (done["status"], done["operation"]["serverId"]) == ("completed", None)
    (route,) = done["tunnel"]["routes"]
    assert (route["hostname"], route["service"], route["status"]) == ("app.example.com", "web:3000", "active")
    assert cli("tunnels", "list", "--json").data["tunnels"] == [done["tunnel"]]
    assert cli(*line.split()).code == "NOT_FOUND"


def test_a_plan_is_recorded_shown_and_applied_by_its_id(cli, cloud):
    plan = cli("tunnels", "sync", "--tunnel-id", "edge", "--dry-run", "--json")
    assert plan.status == 0
    assert plan.data["result"]["counts"]["added"] == 2
    assert plan.data["tunnel"]["routes"] == []
    operation = plan.data["operation"]["id"]
    done = cli("tunnels", "sync", "--tunnel-id", "edge", "--plan", operation, "--yes", "--json").data
    assert (done["result"]["planId"], done["tunnel"]["state"]) == (operation, "in step")
    again = cli("tunnels", "sync", "--tunnel-id", "edge", "--plan", operation, "--yes", "--json")
    assert again.code == "PLAN_STALE"
    text = cli("tunnels", "list").out
    assert "in step" in text
    assert "2 / 2" in text
    assert "2 unknown" in text
    log = cli("server", "ops", "logs", "--operation", operation).out
    assert "a stand-in at http://127.0.0.1" in log
    assert "added a.example.com -> http://web:3000" in log


def test_nothing_is_written_without_yes_and_a_muddle_is_refused(cli, cloud, counted, token_file):
    before = counted()
    for words in (
        ("create", "--name", "other"),
        ("update", "--tunnel-id", "edge", "--domain", "example.com"),
        ("sync", "--tunnel-id", "edge"),
        ("rotate", "--tunnel-id", "edge", "--stored-only", "--credentials-file", token_file),
        ("rotate", "--tunnel-id", "edge", "--provider", "--compromised"),
        ("delete", "--tunnel-id", "edge"),
    ):
        assert cli("tunnels", *words, "--json").code == "CONFIRMATION_REQUIRED", words
    for words in (
        ("rotate", "--tunnel-id", "edge"),
        ("rotate", "--tunnel-id", "edge", "--stored-only", "--provider"),
        ("rotate", "--tunnel-id", "edge", "--provider", "--credentials-file", token_file),
        ("rotate", "--tunnel-id", "edge", "--stored-only", "--compromised", "--credentials-file", token_file),
        ("sync", "--tunnel-id", "edge", "--route", "a.b=c:1", "--no-routes"),
        ("sync", "--tunnel-id", "edge", "--dry-run", "--plan", "op_1"),
        ("update", "--tunnel-id", "edge"),
        ("create", "--name", "x", "--provider", "ngrok"),
        ("create", "--name", "x", "--provider", "cloudflare", "--account-id", "short"),
        ("create", "--name", "tun_" + "0" * 26),
        ("create", "--name", "x", "--domain", "10.0.0.1"),
        ("prune-stale", "--older-than", "soon"),
    ):
        assert cli("tunnels", *words, "--yes", "--json").code == "INVALID_INPUT", words
    assert (
        cli("tunnels", "sync", "--tunnel-id", "edge", "--route", "nope", "--yes", "--json").code
        == "ROUTE_INVALID"
    )
    assert counted() == before


def test_a_stale_route_is_listed_first_and_pruned_by_a_second_word(cli, home):
    cli("tunnels", "create", "--name", "edge", "--yes")
    cli("tunnels", "sync", "--tunnel-id", "edge", "--route", "a.example.com=web:1", "--yes")
    cli("tunnels", "sync", "--tunnel-id", "edge", "--no-routes", "--yes")
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        database.execute("update tunnel_routes set last_seen_at = '2026-01-01T00:00:00.000Z'")
    database.close()
    listed = cli("tunnels", "prune-stale", "--older-than", "7d", "--dry-run", "--json")
    assert (listed.status, listed.data["count"], listed.data["removed"]) == (3, 1, False)
    asked = cli("tunnels", "prune-stale", "--older-than", "7d", "--json")
    assert (asked.code, asked.document["routes"][0]["hostname"]) == ("CONFIRMATION_REQUIRED", "a.example.com")
    gone = cli("tunnels", "prune-stale", "--older-than", "7d", "--yes", "--json").data
    assert (gone["removed"], gone["routes"][0]["tunnelName"]) == (True, "edge")
    assert cli("tunnels", "show", "--tunnel-id", "edge", "--json").data["tunnel"]["routes"] == []


def test_a_sync_that_had_to_leave_something_out_is_partial_and_fails(cli, cloud):
    cloud.ingress.insert(0, {"hostname": "10.0.0.1", "service": "http://x:1"})
    done = cli("tunnels", "sync", "--tunnel-id", "edge", "--yes", "--json")
    assert (done.status, done.code) == (1, "ROUTES_LEFT_OUT")
    assert done.document["operation"]["status"] == "partial"
    text = cli("tunnels", "sync", "--tunnel-id", "edge", "--yes")
    assert "left out 10.0.0.1 -> http://x:1" in text.out


def test_a_rotation_writes_the_connector_s_token_to_a_private_file_only(cli, cloud, tmp_path):
    out = tmp_path / "new-token"
    words = ("tunnels", "rotate", "--tunnel-id", "edge", "--provider", "--token-out", str(out), "--yes")
    done = cli(*words, "--json").data
    assert (done["tokenFile"], os.stat(out).st_mode & 0o777) == (str(out), 0o600)
    assert base64.b64encode(cloud.secret) in base64.b64decode(out.read_bytes())
    assert str(out) in done["rotation"]["steps"][1]
    taken = cli(*words, "--json")
    assert (taken.code, out.exists()) == ("CONFLICT", True)


def test_a_rotation_whose_outcome_is_unknown_is_told_everywhere_and_can_be_resumed(cli, cloud, fake):
    fake.fault = "patch lost before"
    lost = cli("tunnels", "rotate", "--tunnel-id", "edge", "--provider", "--yes", "--json")
    assert lost.code == "ROTATION_UNKNOWN"
    shown = cli("tunnels", "show", "--tunnel-id", "edge", "--json").data["tunnel"]
    assert (shown["state"], shown["pendingRotation"]["operationId"]) == (
        "rotation unknown",
        lost.document["operationId"],
    )
    (check,) = [one for one in cli("doctor", "--json").document["data"]["checks"] if one["name"] == "Tunnels"]
    assert (check["status"], "rotation" in check["detail"]) == ("fail", True)
    assert cli("tunnels", "delete", "--tunnel-id", "edge", "--yes", "--json").code == "CONFLICT"
    fake.fault = None
    done = cli("tunnels", "rotate", "--tunnel-id", "edge", "--provider", "--yes", "--json").data
    assert (done["rotation"]["resumed"], done["tunnel"]["pendingRotation"]) == (True, None)


def test_a_record_with_an_unknown_rotation_goes_only_when_that_is_said(cli, cloud, fake, home):
    fake.fault = "patch lost before"
    cli("tunnels", "rotate", "--tunnel-id", "edge", "--provider", "--yes")
    gone = cli("tunnels", "delete", "--tunnel-id", "edge", "--abandon-rotation", "--yes", "--json")
    assert gone.data["deleted"] is True
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        left = database.execute("select count(*) from sealed where owner_table = 'tunnels'").fetchone()
    database.close()
    assert left == (0,)


def test_the_doctor_tells_of_tunnels_that_could_not_be_asked(cli, cloud, fake, monkeypatch):
    def tunnels():
        checks = cli("doctor", "--json").document["data"]["checks"]
        return next(one for one in checks if one["name"] == "Tunnels")

    assert (tunnels()["status"], "never synced" in tunnels()["detail"]) == ("warn", True)
    cli("tunnels", "sync", "--tunnel-id", "edge", "--yes")
    assert tunnels()["detail"].startswith("DAOFLOW_CLOUDFLARE_URL names a stand-in")
    monkeypatch.delenv("DAOFLOW_CLOUDFLARE_URL")
    assert tunnels()["status"] == "ok"
    monkeypatch.setenv("DAOFLOW_CLOUDFLARE_URL", "http://evil.example:80")
    assert (tunnels()["status"], "can't be used" in tunnels()["detail"]) == ("fail", True)
    monkeypatch.setenv("DAOFLOW_CLOUDFLARE_URL", fake.url)
    fake.fault = "html 502"
    cli("tunnels", "sync", "--tunnel-id", "edge", "--yes")
    assert (tunnels()["status"], "502" in tunnels()["detail"]) == ("warn", True)


def test_no_output_no_log_and_no_page_of_the_store_holds_a_credential_or_a_secret(
    cli, cloud, fake, home, token_file, tmp_path
):
    second = tmp_path / "second"
    second.write_text(SECRET)
    out = tmp_path / "connector"
    lines = [
        ("list",),
        ("show", "--tunnel-id", "edge"),
        ("sync", "--tunnel-id", "edge", "--dry-run"),
        ("sync", "--tunnel-id", "edge", "--yes"),
        ("rotate", "--tunnel-id", "edge", "--provider", "--token-out", str(out), "--yes"),
        ("create", "--name", "edge", "--credentials-file", token_file, "--yes"),
        (
            "create",
            "--name",
            "twice",
            "--provider",
            "cloudflare",
            "--provider-tunnel-id",
            cloud.id,
            "--credentials-file",
            token_file,
            "--yes",
        ),
    ]
    old = cloud.secret
    answers = [cli("tunnels", *line, *more) for line in lines for more in ((), ("--json",))]
    for fault in (
        "html 502",
        "success false",
        "redirect",
        "truncated json",
        "patch lost before",
        "patch refused",
    ):
        fake.fault = fault
        answers.append(cli("tunnels", "sync", "--tunnel-id", "edge", "--yes", "--json"))
        answers.append(cli("tunnels", "rotate", "--tunnel-id", "edge", "--provider", "--yes", "--json"))
    fake.fault = None
    answers.append(
        cli("tunnels", "rotate", "--tunnel-id", "edge", "--provider", "--compromised", "--yes", "--json")
    )
    stdin = ("--stored-only", "--credentials-file", "-", "--yes", "--json")
    answers.append(cli("tunnels", "rotate", "--tunnel-id", "edge", *stdin, stdin=SECRET.encode()))
    answers += [cli("audit", "list", "--limit", "200", "--json"), cli("doctor", "--json")]
    answers.append(
        cli("tunnels", "sync", "--tunnel-id", "edge", "--yes", "--json")
    )  # refused: the wrong token
    secret = cloud.secret
    assert secret != old
    canaries = [Canary.of("api token", TOKEN), Canary.of("second token", SECRET)]
    canaries += [Canary.of("old secret", old), Canary.of("secret", secret)]
    sweep = Sweep(tuple(canaries))
    for answer in answers:
        sweep.add("answer", answer.out + answer.err)
    sweep.add_files(home, but=("vault.key",))
    assert sweep.hits() == []
    kept = Sweep((Canary.of("connector token", cloud.secret),))
    kept.add("connector file", base64.b64decode(out.read_bytes()))
    assert len(out.read_bytes()) > 100
    assert any(f"Bearer {TOKEN}" in seen for seen in fake.seen_tokens)
