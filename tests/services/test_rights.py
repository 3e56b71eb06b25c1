"""Tokens and grants: what they give, what they never give, and that their end comes whatever the clock says."""

from __future__ import annotations

import contextlib
import random
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.store.parts import a_desk, a_server, tamper

from daoflow_core.errors import (
    Conflict,
    DaoflowError,
    InvalidInput,
    NotFound,
    TokenExpired,
    TokenInvalid,
    TokenRevoked,
    VaultLocked,
)
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access, Principal
from daoflow_core.services.grants import GrantService
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.rights import Rights, grant_mac
from daoflow_core.services.terms import Terms
from daoflow_core.services.token_text import new_token, prefix_of
from daoflow_core.services.tokens import TokenService, TokenWish, admit
from daoflow_core.store import servers
from daoflow_core.uptime import Uptime, uptime
from daoflow_core.vault.derive import pack

DAY = 86_400
OWNER = Principal("mara", frozenset({"server:read", "server:write"}))


class Times:
    """Both clocks of a machine, set by hand."""

    def __init__(self):
        self.wall = datetime(2026, 3, 20, 22, 0, tzinfo=UTC)
        self.up = Uptime("boot-1", 5_000)

    def now(self):
        return self.wall

    def monotonic(self):
        return time.monotonic()

    def pass_by(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.up = replace(self.up, seconds=self.up.seconds + seconds)

    def set_clock(self, seconds):
        self.wall += timedelta(seconds=seconds)

    def restart(self):
        self.up = Uptime(f"{self.up.boot}+", 10)


class Office:
    """The services on one folder, for the owner or somebody else."""

    def __init__(self, desk, times, principal=OWNER):
        self.desk, self.times = desk, times
        self.terms = Terms(times, lambda: times.up)
        self.rights = Rights(desk.database, desk.vault, self.terms)
        self.access = Access(principal, desk.recorder, self.rights)
        entitled = (desk.database, desk.vault, desk.recorder, self.access, Inventory(desk.database))
        self.tokens = TokenService(*entitled, self.terms, self.rights)
        self.grants = GrantService(*entitled, self.terms, self.rights)

    async def admit(self, value):
        principal = await admit(self.desk.database, self.desk.vault, self.times, value, read_only=False)
        return Office(self.desk, self.times, principal)

    async def shell(self, server_id):
        return await self.access.require("server.terminal.open", f"server/{server_id}")


@asynccontextmanager
async def an_office(folder, times):
    async with a_desk(folder, times) as desk:
        yield Office(desk, times)


@pytest.fixture
def times():
    return Times()


@pytest.fixture
async def office(tmp_path, times):
    async with an_office(tmp_path, times) as opened:
        for name in ("edge-1", "edge-2"):
            await opened.desk.change(lambda tx, name=name: servers.insert(tx, a_server(name)))
        yield opened


def wish(*scopes, servers=(), seconds=30 * DAY, exceptional=False, name="ci"):
    return TokenWish(name, frozenset(scopes or ("server:read",)), servers, seconds, exceptional)


async def refusal(awaitable):
    with pytest.raises(DaoflowError) as refused:
        await awaitable
    return refused.value


async def test_a_token_gives_its_scopes_on_its_servers_and_no_more(office):
    token, value = await office.tokens.create(wish("server:read", servers=["edge-1"]))
    principal = (await office.admit(value)).access.principal
    assert (principal.name, principal.scopes) == ("token ci", {"server:read"})
    assert principal.servers == {"srv_edge-1"} == token.servers
    (shown, over), *more = await office.tokens.list()
    assert (shown.prefix, over, more) == (value.reveal()[:12].decode(), None, [])
    assert shown.last_used_at is not None


async def test_only_a_fingerprint_of_a_token_is_kept(office, tmp_path):
    _, value = await office.tokens.create(wish())
    await office.admit(value)
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    text = value.reveal()
    assert text[:12] in kept
    assert text not in kept and text[12:30] not in kept and text[4:].hex().encode() not in kept
    assert repr(value) == "<secret>"


async def test_a_revoked_token_ends_also_where_a_session_is_open_with_it(office):
    token, value = await office.tokens.create(wish())
    session = await office.admit(value)
    await session.access.require("server.list", "servers")
    ended = await office.tokens.revoke("ci")
    assert ended.revoked_by == "mara"
    assert isinstance(await refusal(session.access.require("server.list", "servers")), TokenRevoked)
    assert isinstance(await refusal(office.admit(value)), TokenRevoked)
    assert isinstance(await refusal(office.tokens.revoke(token.id)), Conflict)
    assert (await refusal(session.access.require("server.list", "servers"))).exit_status == 2
    denials = await office.desk.database.rows("select actor from audit where phase = 'denied'")
    assert {row["actor"] for row in denials} == {"token ci"}
    again = await refusal(office.tokens.create(wish()))
    assert isinstance(again, Conflict), "the records go by the name"


async def test_a_token_can_not_widen_itself_nor_carry_things_away(office):
    _, value = await office.tokens.create(wish("server:read", "server:write"))
    session = await office.admit(value)
    for asked in (
        session.tokens.create(wish(name="other")),
        session.tokens.list(),
        session.tokens.revoke("ci"),
        session.grants.terminal("edge-1", 600, "because"),
        session.access.require("server.ssh-host-identity.approve", "server/srv_edge-1"),
        session.access.require("audit.export", "audit"),
        session.access.require("vault.change", "vault"),
        session.access.require("vault.backup", "vault"),
    ):
        assert (await refusal(asked)).code == "SCOPE_DENIED"
    await session.access.require("server.register", "server/new")


async def test_a_token_that_is_none_of_ours_is_refused(office):
    _, value = await office.tokens.create(wish())
    good = value.reveal()
    for other in (
        b"",
        b"dft_",
        b"x" * 53,
        good[:-1],
        good + b"x",
        good.lower(),
        new_token().reveal(),
        b"\xff\0",
    ):
        assert isinstance(await refusal(office.admit(Secret(other))), TokenInvalid)


def test_two_thousand_typing_mistakes_are_found_without_asking_the_store():
    dice = random.Random(3)
    for _ in range(2_000):
        text = bytearray(new_token().reveal())
        place = dice.randrange(4, len(text))
        text[place] = dice.choice([letter for letter in b"0189AZaz" if letter != text[place]])
        assert prefix_of(Secret(bytes(text))) is None


@pytest.mark.parametrize(
    "change",
    [
        """scopes = '["server:read","server:write"]'""",
        "servers = null",
        """servers = '["srv_edge-2"]'""",
        "expires_at = '2036-01-01T00:00:00.000Z'",
        "seconds = 999999999",
        "uptime = 99999999",
        "since_sequence = 99999",
        "name = 'other'",
        "boot = null",
    ],
)
async def test_a_token_whose_record_was_changed_is_no_token(office, tmp_path, change):
    _, value = await office.tokens.create(wish(servers=["edge-1"]))
    tamper(tmp_path / "daoflow.db", f"update tokens set {change}")
    assert isinstance(await refusal(office.admit(value)), TokenInvalid)


async def test_records_of_rights_are_never_taken_back_or_widened(office, tmp_path):
    import sqlite3

    await office.tokens.create(wish())
    await office.tokens.revoke("ci")
    await office.grants.terminal("edge-1", 600, "look at it")
    with contextlib.closing(sqlite3.connect(tmp_path / "daoflow.db")) as stranger, stranger:
        for statement in (
            "update tokens set revoked_at = null",
            "update tokens set last_used_at = 'x'",
            "delete from tokens",
            "replace into tokens select * from tokens",
            "update grants set expires_at = '2036'",
            "update grants set server_id = 'srv_edge-2'",
            "delete from grants",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                stranger.execute(statement)
    stranger.close()


async def test_without_the_vaults_key_nobody_can_tell_a_token(office):
    _, value = await office.tokens.create(wish())
    office.desk.vault.locked = True
    assert isinstance(await refusal(office.admit(value)), VaultLocked)
    assert isinstance(await refusal(office.admit(new_token())), VaultLocked)


@pytest.mark.parametrize(
    "asked",
    [
        wish("terminal:open"),
        wish("terminal:open", exceptional=True),
        wish("terminal:open", exceptional=True, servers=["edge-1"], seconds=DAY + 60),
        wish("terminal:open", servers=["edge-1"], seconds=DAY),
        wish("server:all"),
        TokenWish("ci", frozenset(), (), DAY),
        wish(name="-"),
    ],
)
async def test_a_wish_for_too_much_is_refused(office, asked):
    assert isinstance(await refusal(office.tokens.create(asked)), InvalidInput)
    assert await office.tokens.list() == []


async def test_a_token_carries_a_shell_as_an_exception_only(office):
    allowed = wish("terminal:open", exceptional=True, servers=["edge-1"], seconds=DAY)
    _, value = await office.tokens.create(allowed)
    session = await office.admit(value)
    await session.shell("srv_edge-1")
    assert (await refusal(session.shell("srv_edge-2"))).code == "SCOPE_DENIED"
    assert isinstance(await refusal(office.tokens.create(replace(allowed, servers=["none"]))), NotFound)
    assert isinstance(await refusal(office.tokens.create(allowed)), Conflict)


async def test_a_grant_opens_a_shell_on_its_server_for_its_person_only(office):
    assert (await refusal(office.shell("srv_edge-1"))).code == "SCOPE_DENIED"
    grant, server = await office.grants.terminal("edge-1", 900, "look at the full disk")
    assert (server.id, grant.granted_to) == ("srv_edge-1", "mara")
    assert await office.shell("srv_edge-1") == "terminal:open"
    assert (await office.grants.standing("srv_edge-1")).reason == "look at the full disk"
    assert (await refusal(office.shell("srv_edge-2"))).code == "SCOPE_DENIED"
    other = Office(office.desk, office.times, replace(OWNER, name="somebody"))
    assert (await refusal(other.shell("srv_edge-1"))).code == "SCOPE_DENIED"
    careful = Office(office.desk, office.times, replace(OWNER, read_only=True))
    assert (await refusal(careful.shell("srv_edge-1"))).code == "READ_ONLY"
    await office.grants.revoke(grant.id)
    assert (await refusal(office.shell("srv_edge-1"))).code == "SCOPE_DENIED"
    assert isinstance(await refusal(office.grants.revoke(grant.id)), Conflict)
    rows = await office.desk.database.rows("select action, detail from audit where action like 'grant.%'")
    assert [row["action"] for row in rows] == ["grant.create"] * 2 + ["grant.revoke"] * 2
    assert "look at the full disk" in rows[0]["detail"]


async def test_an_owner_without_a_grant_is_told_how_to_get_one(office):
    refusal = await office.access.refusal("server.terminal.open", "server/srv_edge-1")
    assert "grant terminal --server srv_edge-1" in refusal.next_step


async def test_a_grant_whose_record_was_changed_gives_nothing(office, tmp_path):
    await office.grants.terminal("edge-1", 900, "look at it")
    tamper(tmp_path / "daoflow.db", "update grants set server_id = 'srv_edge-2'")
    assert (await refusal(office.shell("srv_edge-2"))).code == "SCOPE_DENIED"
    tamper(tmp_path / "daoflow.db", "update grants set server_id = 'srv_edge-1'")
    await office.shell("srv_edge-1")


async def test_a_grant_whose_demand_for_recordings_was_taken_away_gives_nothing(office, tmp_path):
    grant, _ = await office.grants.terminal("edge-1", 900, "look at it", records=True)
    assert grant.records and (await office.grants.standing("srv_edge-1")).records
    tamper(tmp_path / "daoflow.db", "update grants set records = 0")
    assert (await refusal(office.shell("srv_edge-1"))).code == "SCOPE_DENIED"
    rows = await office.desk.database.rows("select detail from audit where action = 'grant.create'")
    assert all('"record":true' in row["detail"].replace(" ", "") for row in rows)


async def test_a_grant_from_before_there_was_a_demand_stays_genuine(office):
    """Its mark covered exactly these parts then."""
    grant, _ = await office.grants.terminal("edge-1", 900, "look at it")
    term = grant.term
    times = (term.created_at, term.expires_at, term.seconds, term.uptime.boot or "", term.uptime.seconds)
    parts = (grant.id, grant.scope, grant.server_id, grant.granted_to, grant.reason, *times)
    before = office.desk.vault.mac("grant", pack(*parts, term.since_sequence)).hex()
    assert grant_mac(office.desk.vault, grant) == before


async def test_with_the_vault_locked_a_shell_is_refused_for_that_reason(office):
    await office.grants.terminal("edge-1", 900, "look at it")
    office.desk.vault.locked = True
    told = await office.access.refusal("server.terminal.open", "server/srv_edge-1")
    assert isinstance(told, VaultLocked)
    other = await office.access.refusal("server.terminal.open", "server/srv_edge-2")
    assert other.code == "SCOPE_DENIED"


@pytest.mark.parametrize("reason", ["", "  ", "x", "y" * 300])
async def test_a_grant_needs_a_reason(office, reason):
    assert isinstance(await refusal(office.grants.terminal("edge-1", 900, reason)), InvalidInput)


# Time: each of these ends a term of 900 seconds, none makes it longer.

ENDS = {
    "time passes": [("pass_by", 900)],
    "the clock is set back and time passes": [("set_clock", -800), ("pass_by", 900)],
    "the clock is set far back": [("set_clock", -DAY)],
    "the clock is set forward": [("set_clock", 900)],
    "a restart, then time passes": [("pass_by", 400), ("restart", None), ("pass_by", 500)],
    "two restarts": [("restart", None), ("pass_by", 450), ("restart", None), ("pass_by", 450)],
    "set back a little, again and again": [("pass_by", 100), ("set_clock", -50)] * 9,
}
LASTS = {
    "nearly": [("pass_by", 899)],
    "a restart": [("pass_by", 400), ("restart", None), ("pass_by", 499)],
    "a small correction backwards": [("set_clock", -30), ("pass_by", 800)],
}


@pytest.mark.parametrize("steps", ENDS.values(), ids=ENDS)
async def test_no_clock_makes_a_grant_or_a_token_last_longer(office, times, steps):
    await office.grants.terminal("edge-1", 900, "look at it")
    await office.tokens.create(wish(seconds=900))
    await move(times, steps)
    assert (await refusal(office.shell("srv_edge-1"))).code == "SCOPE_DENIED"
    trouble = await office.rights.trouble_of((await office.tokens.list())[0][0])
    assert isinstance(trouble, TokenExpired)


@pytest.mark.parametrize("steps", LASTS.values(), ids=LASTS)
async def test_a_term_lasts_as_long_as_was_said(office, times, steps):
    await office.grants.terminal("edge-1", 900, "look at it")
    await move(times, steps)
    await office.shell("srv_edge-1")


async def test_what_the_trail_saw_after_the_end_keeps_it_ended_over_a_restart_and_a_clock_set_back(
    office, times
):
    await office.grants.terminal("edge-1", 900, "look at it")
    times.pass_by(1000)
    assert (await refusal(office.shell("srv_edge-1"))).code == "SCOPE_DENIED"  # and the denial is on record
    times.restart()
    times.set_clock(-700)
    assert (await refusal(office.shell("srv_edge-1"))).code == "SCOPE_DENIED"
    (_, over), *_ = await office.grants.list()
    assert "set back" in over


async def test_a_wrong_date_in_the_past_of_the_trail_ends_nothing_made_later(office, times):
    times.set_clock(400 * DAY)
    await office.tokens.create(wish(name="made in the future", seconds=DAY))
    times.set_clock(-400 * DAY)
    _, value = await office.tokens.create(wish(seconds=DAY))
    await office.access.require("server.list", "servers")
    assert (await office.admit(value)).access.principal.token_id
    standing = {token.name: over for token, over in await office.tokens.list()}
    assert standing["ci"] is None and "set back" in standing["made in the future"]


async def test_rights_survive_that_the_program_starts_anew(tmp_path, office, times):
    await office.grants.terminal("edge-1", 900, "look at it")
    _, value = await office.tokens.create(wish(seconds=900))
    times.pass_by(600)
    async with an_office(tmp_path, times) as again:
        await again.shell("srv_edge-1")
        await again.admit(value)
        times.pass_by(301)
        assert (await refusal(again.shell("srv_edge-1"))).code == "SCOPE_DENIED"


async def move(times, steps):
    for verb, amount in steps:
        getattr(times, verb)(*() if amount is None else (amount,))


def test_this_machine_tells_how_long_it_runs():
    first = uptime()
    assert first.seconds > 0
    assert uptime().boot == first.boot
