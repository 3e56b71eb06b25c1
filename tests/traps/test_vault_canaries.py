"""A token, two passphrases and a key file are driven through the vault's and the trail's verbs; none comes out anywhere."""

from __future__ import annotations

import asyncio
import json
import os

import pytest
from tests.traps.canaries import Canary
from tests.traps.stage import Stage, stage

from daoflow_core.vault import passphrase as passphrases
from daoflow_core.vault.passphrase import FLOOR
from daoflow_tui.cli.main import run

__all__ = ["stage"]

FIRST, SECOND = "canary of the vault 81c2", "second canary of it 4f7a"


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(passphrases, "DEFAULT", FLOOR)


async def new_token(stage: Stage) -> str:
    """The one answer that holds a token is read and kept out of the search."""
    os.environ.update(stage.environment)
    words = ["token", "create", "--name", "ci", "--scopes", "server:read,server:write", "--yes", "--json"]
    await asyncio.to_thread(run, words)
    told = stage.capture.readouterr()
    value = json.loads(told.out)["data"]["value"]
    assert told.out.count(value) == 1 and value not in told.err
    return value


async def by_token(stage: Stage, value: str, *words: str) -> dict:
    os.environ["DAOFLOW_TOKEN"] = value
    return await stage.cli(*words)


@pytest.mark.parametrize("stage", ["key file"], indirect=True)
async def test_no_token_passphrase_or_key_leaves_by_the_vaults_verbs(stage):
    add = ("server", "add", "--name", "here", "--host", "localhost", "--yes")
    assert (await stage.cli(*add))["ok"]
    value = await new_token(stage)
    stage.sweep.canaries += (
        Canary.of("api token", value[12:], value[20:44]),
        Canary.of("first phrase", FIRST),
        Canary.of("second phrase", SECOND),
    )
    files = stage.folder / "given"
    files.mkdir(mode=0o700)
    for name, text in (("first", FIRST), ("second", SECOND), ("wrong", FIRST[1:])):
        (files / name).write_text(text + "\n")
    out = stage.folder / "out"
    out.mkdir()
    for words in (("status",), ("server", "check", "--server", "here"), ("audit", "list"), ("doctor",)):
        await by_token(stage, value, *words)
    refused = await by_token(stage, value, "token", "list")
    assert refused["code"] == "SCOPE_DENIED"
    refused = await by_token(stage, value[:-1] + ("a" if value[-1] != "a" else "b"), "status")
    assert refused["code"] == "TOKEN_INVALID"
    vault = (
        ("add-slot", "--kind", "passphrase", "--new-passphrase-file", str(files / "first")),
        ("change-passphrase", "--new-passphrase-file", str(files / "second")),
        ("verify", "--passphrase-file", str(files / "wrong")),
        ("rotate",),
        ("backup", "--out", str(out / "backup")),
        ("lock", "--passphrase-file", str(files / "second")),
        ("rotate",),
        ("unlock", "--passphrase-file", str(files / "second")),
        ("status",),
    )
    for words in vault:
        yes = () if words[0] in ("verify", "status", "backup") else ("--yes",)
        await stage.cli("vault", *words, *yes)
    for words in (("token", "list"), ("token", "revoke", "--token", "ci", "--yes"), ("grant", "list")):
        assert (await stage.cli(*words))["ok"]
    await by_token(stage, value, "status")
    for form in ("jsonl", "ocsf"):
        assert (await stage.cli("audit", "export", "--out", str(out / form), "--format", form))["ok"]
    assert (await stage.cli("audit", "verify", "--file", str(out / "jsonl")))["ok"]
    assert {entry.name for entry in out.iterdir()} == {"backup", "jsonl", "ocsf"}
    stage.take_files()
    stage.sweep.add_files(out)
    stage.sweep.add("processes", stage.spool.read_bytes())
    assert stage.sweep.hits() == []
