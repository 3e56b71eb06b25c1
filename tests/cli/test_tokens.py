"""Acting by a token: through the environment or a file, with its rights only, and without the owner's as a way out."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from daoflow_core.errors import TokenRefused
from daoflow_tui.start import prepare


@pytest.fixture
def token(cli, ready):
    """Makes a token with these options and gives its value."""
    cli("server", "add", "--name", "other", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")

    def make(*options: str, name: str = "ci") -> str:
        return cli("token", "create", "--name", name, *options, "--yes", "-q").out.strip()

    return make


@pytest.fixture
def acting(cli, monkeypatch):
    """Runs a command line with a token in the environment, which is gone from there afterwards."""

    def act(value: str, *words: str):
        monkeypatch.setenv("DAOFLOW_TOKEN", value)
        answer = cli(*words)
        assert "DAOFLOW_TOKEN" not in os.environ, "no child may inherit it"
        return answer

    return act


def test_a_new_token_is_printed_once_and_never_again(cli, ready):
    made = cli("token", "create", "--name", "ci", "--scopes", "server:read", "--yes", "--json")
    value = made.data["value"]
    assert made.out.count(value) == 1 and value not in made.err
    for words in (("token", "list"), ("audit", "list"), ("token", "revoke", "--token", "ci", "--yes")):
        answer = cli(*words, "--json")
        assert answer.status == 0 and value not in answer.out + answer.err
    planned = cli("token", "create", "--name", "x", "--scopes", "server:read", "--dry-run", "--json")
    assert (planned.status, planned.data["value"]) == (3, None)


def test_lists_show_the_servers_of_the_token_and_no_other(acting, token):
    value = token("--scopes", "server:read", "--server", "edge")
    assert [one["name"] for one in acting(value, "server", "list", "--json").data["servers"]] == ["edge"]
    data = acting(value, "status", "--json").data["servers"]
    assert ([one["name"] for one in data["checks"]], data["summary"]["totalServers"]) == (["edge"], 1)
    for words in (("server", "show"), ("server", "check"), ("server", "ops", "history")):
        assert acting(value, *words, "--server", "edge", "--json").status == 0
        refused = acting(value, *words, "--server", "other", "--json")
        assert (refused.status, refused.code) == (2, "SCOPE_DENIED")
        assert refused.document["requiredScopes"] == refused.document["grantedScopes"] == ["server:read"]
    for words in (("audit", "list"), ("doctor",), ("poll", "--once"), ("access-assets", "ssh-key", "list")):
        assert acting(value, *words, "--json").code == "SCOPE_DENIED", words


def test_the_log_of_another_server_is_not_shown(cli, acting, token):
    operation = cli("server", "ops", "history", "--server", "other", "-q").out.split()[0]
    own = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    value = token("--scopes", "server:read", "--server", "edge")
    assert acting(value, "server", "ops", "logs", "--operation", own, "--json").status == 0
    assert acting(value, "server", "ops", "logs", "--operation", operation, "--json").code == "SCOPE_DENIED"
    assert (
        acting(value, "server", "ops", "logs", "--operation", operation, "--after", "0", "--json").status == 2
    )


def test_a_token_file_does_the_same_and_must_be_private(cli, token, tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text(token("--scopes", "server:read") + "\n")
    file.chmod(0o644)
    refused = cli("--token-file", str(file), "status", "--json")
    assert (refused.code, refused.document["next"]) == ("UNSAFE_PERMISSIONS", f"chmod 600 {file}")
    file.chmod(0o600)
    assert cli("--token-file", str(file), "status", "--json").status == 0
    assert cli("status", "--token-file", str(file), "--json").status == 0
    update = ("server", "update", "--server", "edge", "--region", "x", "--yes", "--json")
    assert cli(*update, "--token-file", str(file)).code == "SCOPE_DENIED"
    monkeypatch.setenv("DAOFLOW_TOKEN", file.read_text().strip())
    assert cli("--token-file", str(file), "status", "--json").code == "CONFIG_INVALID"
    assert cli("--token-file", str(tmp_path / "none"), "status", "--json").code == "INVALID_INPUT"
    (tmp_path / "empty").touch(0o600)
    assert cli("--token-file", str(tmp_path / "empty"), "status", "--json").code == "INVALID_INPUT"


@pytest.mark.parametrize("value", ["", "x", "dft_" + "A" * 49])
def test_a_wrong_token_is_refused_on_record_and_never_becomes_the_owner(cli, ready, acting, value):
    for words in (("status",), ("server", "list"), ("audit", "list"), ("vault", "status")):
        answer = acting(value, *words, "--json")
        assert (answer.status, answer.code) == (2, "TOKEN_INVALID")
    newest = cli("audit", "list", "--limit", "1", "--json").data["entries"][0]
    assert (newest["phase"], newest["actor"], newest["action"]) == ("denied", "token (unknown)", "token.use")
    assert cli("audit", "verify", "--json").data["ok"]


def test_a_revoked_token_is_refused(cli, acting, token):
    value = token("--scopes", "server:read")
    assert acting(value, "status", "--json").status == 0
    assert cli("token", "revoke", "--token", "ci", "--yes").status == 0
    answer = acting(value, "status", "--json")
    assert (answer.status, answer.code) == (2, "TOKEN_REVOKED")


def test_the_hot_path_leaves_tokens_to_the_full_path(token, home):
    value = token("--scopes", "server:write")
    words = [sys.executable, "-m", "daoflow_tui", "status", "--json"]
    environ = {**os.environ, "DAOFLOW_TOKEN": value}
    answer = subprocess.run(words, env=environ, capture_output=True, timeout=60)
    assert answer.returncode == 2 and b"SCOPE_DENIED" in answer.stdout
    environ["DAOFLOW_TOKEN"] = "x"
    assert subprocess.run(words, env=environ, capture_output=True, timeout=60).returncode == 2


def test_what_is_changed_by_a_token_is_on_record_under_its_name(cli, acting, token):
    value = token("--scopes", "server:read,server:write")
    assert acting(value, "server", "update", "--server", "edge", "--region", "eu", "--yes").status == 0
    actors = {one["actor"] for one in cli("audit", "list", "--limit", "2", "--json").data["entries"]}
    assert actors == {"token ci"}
    trusting = ("server", "add", "--name", "new", "--host", "127.0.0.1", "--ssh-port", "1")
    fingerprint = "SHA256:" + "A" * 43
    refused = acting(value, *trusting, "--approve-fingerprint", fingerprint, "--yes", "--json")
    assert refused.code == "SCOPE_DENIED"
    assert {one["name"] for one in cli("server", "list", "--json").data["servers"]} == {"edge", "other"}


def test_the_console_does_not_open_by_a_token(home):
    with pytest.raises(TokenRefused):
        prepare({"DAOFLOW_HOME": str(home), "HOME": str(home), "DAOFLOW_TOKEN": "x"})


@pytest.mark.parametrize("given", ["0m", "366d", "soon", "", "-1d", "30", "1h30m"])
def test_a_time_that_is_none_is_refused(cli, ready, given):
    create = ("token", "create", "--name", "ci", "--scopes", "server:read", "--yes", "--json")
    assert cli(*create, "--expires", given).code == "INVALID_INPUT"
    grant = ("grant", "terminal", "--server", "edge", "--reason", "look at it", "--yes", "--json")
    assert cli(*grant, "--ttl", given).code == "INVALID_INPUT"
    assert cli(*grant, "--ttl", "61m").code == "INVALID_INPUT"


def test_rights_are_given_with_yes_only(cli, ready):
    for words in (
        ("token", "create", "--name", "ci", "--scopes", "server:read"),
        ("token", "revoke", "--token", "ci"),
        ("grant", "terminal", "--server", "edge", "--reason", "look at it"),
        ("grant", "revoke", "--grant", "grt_1"),
    ):
        assert cli(*words, "--json").code == "CONFIRMATION_REQUIRED"


def test_a_store_that_can_not_be_written_shows_a_token_nothing_but_the_fault(acting, token, monkeypatch):
    """The owner gets a look that writes nothing; that look knows no scopes, so a token does not."""
    from daoflow_core.errors import StoreFull
    from daoflow_tui.cli import call, reading

    def full(work, *_):
        monkeypatch.setattr("daoflow_core.console.open_console", refuse)
        return call.with_console(work)

    async def refuse(*_):
        raise StoreFull("full", path="x")

    value = token("--scopes", "server:write")
    monkeypatch.setattr(reading, "with_console", full)
    assert acting(value, "status", "--json").code == "STORE_FULL"
    assert acting(value, "server", "list", "--json").code == "STORE_FULL"


def test_pages_of_a_log_are_kept_from_a_token_for_another_server(cli, ready, home):
    import asyncio

    from daoflow_core.console import Opening, open_console
    from daoflow_core.errors import ScopeDenied
    from daoflow_core.services.access import Principal

    cli("server", "add", "--name", "other", "--host", "127.0.0.1", "--ssh-port", "1", "--yes")
    operation = cli("server", "ops", "history", "--server", "other", "-q").out.split()[0]
    own = cli("server", "ops", "history", "--server", "edge", "-q").out.split()[0]
    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
    confined = Principal("ci", frozenset({"server:read"}), servers=frozenset({ready}))

    async def look() -> None:
        async with await open_console(Opening(environ, principal=confined)) as console:
            assert await console.history.tail(own) and await console.history.lines(own)
            assert {one.server_id for one in await console.history.operations()} == {ready}
            for asked in (console.history.lines, console.history.tail, console.history.operation):
                with pytest.raises(ScopeDenied):
                    await asked(operation)

    asyncio.run(look())


def test_polling_by_a_token_ends_when_the_token_does(cli, token, monkeypatch):
    """A service that was started with a token goes no further than the token."""
    import asyncio

    from daoflow_core.console import Opening, open_console
    from daoflow_core.errors import TokenRevoked
    from daoflow_core.secret import Secret
    from daoflow_core.services import watch

    monkeypatch.setattr(watch, "LOOK_AGAIN_SECONDS", 0.02)
    value = token("--scopes", "server:read")
    environ = {name: os.environ[name] for name in ("DAOFLOW_HOME", "HOME")}

    async def poll() -> None:
        async with (
            await open_console(Opening(environ)) as owner,
            await open_console(Opening(environ, token=Secret(value.encode()))) as console,
        ):
            polling = asyncio.create_task(console.poll())
            await asyncio.wait({polling}, timeout=0.1)
            assert not polling.done()
            await owner.tokens.revoke("ci")
            with pytest.raises(TokenRevoked):
                await asyncio.wait_for(polling, 20)
            assert owner.instance.take_poller_lock()

    asyncio.run(poll())
