"""Who may do what: the mission document's table, action by action, for every set of scopes and every kind of session."""

from __future__ import annotations

import itertools
import re

import pytest
from tests.store.parts import a_desk

from daoflow_core.errors import DaoflowError
from daoflow_core.scopes import ACROSS_SERVERS, ACTIONS, ALL_SCOPES, OWNER_ONLY, OWNER_SCOPES, RECORDS_ONLY
from daoflow_core.services.access import Access, Principal, owner
from daoflow_tui.commands.catalog import live_together

READ, WRITE, TERMINAL = "server:read", "server:write", "terminal:open"
# The mission document's table in its order, then what it has no row for. The first pattern that matches counts.
TABLE = [
    ("List servers", READ, r"server\.(list|show)"),
    ("View server health", READ, r"server\.(status|check|poll|doctor)|server\.resources\.\w+"),
    ("View server health", READ, r"server\.ssh-host-identity\.list"),
    ("View operation logs", READ, r"operation\.(list|logs)|audit\.\w+"),
    ("View managed tunnels", READ, r"tunnel\.(list|show|check)"),
    ("View access assets", READ, r"(ssh_key|certificate)\.(list|show)"),
    ("Register server", WRITE, r"server\.(register|import)"),
    ("Update server config", WRITE, r"server\.update|server\.ssh-host-identity\.(observe|approve|rotate)"),
    ("Cleanup and patching", WRITE, r"server\.(cleanup|patch)\.\w+|operation\.cancel"),
    ("Manage Swarm", WRITE, r"server\.swarm\..+|server\.stack\.(plan|deploy|rollback|remove)"),
    ("View server health", READ, r"server\.stack\.(list|show)"),
    ("Manage tunnels", WRITE, r"tunnel\..+"),
    ("Manage access assets", WRITE, r"(ssh_key|certificate)\.\w+"),
    ("Open host terminal", TERMINAL, r"server\.terminal\.open"),
    ("View what was kept of terminals", READ, r"recording\.(list|play|export)"),
    ("Change what is kept of terminals", WRITE, r"recording\.\w+"),
    ("Remove server", WRITE, r"server\.delete"),
    ("View the vault and who was given rights", READ, r"vault\.(status|verify)|(token|grant)\.list"),
    ("Change the vault and who has rights", WRITE, r"vault\.\w+|(token|grant)\.\w+"),
]
SETS = [frozenset(chosen) for size in range(4) for chosen in itertools.combinations(ALL_SCOPES, size)]


def by_the_table(action: str) -> str:
    return next(scope for _, scope, pattern in TABLE if re.fullmatch(pattern, action))


@pytest.fixture
async def desk(tmp_path):
    async with a_desk(tmp_path) as opened:
        yield opened


async def outcome(access: Access, action: str, target: str, **marks: bool) -> str:
    try:
        await access.require(action, target, **marks)
    except DaoflowError as error:
        assert error.exit_status == 2
        return error.code
    return "allowed"


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_is_allowed_exactly_as_the_table_says(desk, action):
    """Every action x every set of scopes x read-only session x read-only server x owner or token."""
    needed = by_the_table(action)
    cases = 0
    for scopes, session, server, token in itertools.product(SETS, *[(False, True)] * 3):
        principal = Principal("somebody", scopes, session, "tok_1" if token else None)
        changes = needed != READ and action not in RECORDS_ONLY
        expected = (
            "SCOPE_DENIED"
            if needed not in scopes or (token and action in OWNER_ONLY)
            else "READ_ONLY"
            if changes and (session or server)
            else "allowed"
        )
        access = Access(principal, desk.recorder)
        assert await outcome(access, action, "server/srv_1", server_read_only=server) == expected
        assert (access.why_not(action, server_read_only=server) is None) == (expected == "allowed")
        cases += 1
    assert cases == 64


async def test_a_denial_names_what_is_needed_and_held_and_is_on_record(desk):
    access = Access(Principal("ci", frozenset({READ})), desk.recorder)
    with pytest.raises(DaoflowError) as denied:
        await access.require("server.delete", "server/srv_1")
    document = denied.value.document()
    assert (document["code"], denied.value.exit_status) == ("SCOPE_DENIED", 2)
    assert (document["requiredScopes"], document["grantedScopes"]) == ([WRITE], [READ])
    rows = await desk.database.rows("select * from audit")
    assert [(row["phase"], row["actor"], row["scope"], row["target"]) for row in rows] == [
        ("denied", "ci", WRITE, "server/srv_1")
    ]


async def test_a_shell_is_in_no_default(desk):
    assert TERMINAL not in OWNER_SCOPES
    assert TERMINAL not in owner().scopes
    assert await outcome(Access(owner(), desk.recorder), "server.terminal.open", "server/x") == "SCOPE_DENIED"


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_principal_for_some_servers_does_nothing_elsewhere(desk, action):
    principal = Principal("ci", frozenset(ALL_SCOPES), False, None, frozenset({"srv_mine"}))
    access = Access(principal, desk.recorder)
    assert await outcome(access, action, "server/srv_mine") == "allowed"
    for target in ("server/srv_other", "server/edge-1", "server/", "server/srv_mine2"):
        assert await outcome(access, action, target) == "SCOPE_DENIED"
    for target in ("servers", "audit", "vault", "tokens", "ssh-keys"):
        expected = "allowed" if action in ACROSS_SERVERS else "SCOPE_DENIED"
        assert await outcome(access, action, target) == expected


def test_every_command_of_the_console_that_may_change_something_names_its_action():
    """But the host key sheet and a sheet's answer, which ask by what they lead to, and shells, which offer the grant."""
    commands = {command for place in live_together().values() for command in place}
    unnamed = {one.id for one in commands if one.danger > 0 and one.scope is None}
    shells = {"server.terminal", "terminal.take", "terminal.another", "terminal.close"}
    assert unnamed <= {"server.host-key", "sheet.yes"} | shells
    assert {one.scope for one in commands if one.scope} <= set(ACTIONS)
