"""Tunnels in the core: records follow what was seen, whole or not at all, and nothing is lost to a bad answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.providers.fake_cloudflare import ACCOUNT, TOKEN, fake_cloudflare

from daoflow_core.clock import SystemClock
from daoflow_core.console import Opening, open_console
from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, ReadOnly, ScopeDenied, VaultLocked
from daoflow_core.model.operation import OperationKind, OperationStatus
from daoflow_core.model.tunnel import Provider, RouteStatus, TunnelDraft, TunnelStatus
from daoflow_core.model.tunnel_sync import RouteCheck, TunnelSync
from daoflow_core.parse.routes import routes
from daoflow_core.providers import http
from daoflow_core.secret import Secret
from daoflow_core.services.access import Principal
from daoflow_core.services.tunnels_check import TunnelCheckService
from daoflow_core.services.tunnels_view import TunnelState

CREDENTIAL = Secret(TOKEN.encode())


class Shifted:
    """The real clock, moved."""

    def __init__(self):
        self.by = timedelta()

    def now(self):
        return SystemClock().now() + self.by

    def monotonic(self):
        return SystemClock().monotonic() + self.by.total_seconds()


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    monkeypatch.setattr(http, "CALL_SECONDS", 2.0)
    with fake_cloudflare() as one:
        yield one


@pytest.fixture
def clock():
    return Shifted()


@pytest.fixture
async def core(home, fake, clock):
    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home), "DAOFLOW_CLOUDFLARE_URL": fake.url}
    async with await open_console(Opening(environ, clock=clock)) as console:
        yield console


async def manual(core, name="edge", *typed):
    view = await core.tunnels.create(TunnelDraft(name=name), None)
    if typed:
        await core.tunnel_sync.sync(name, routes(typed))
    return view.tunnel


async def cloud(core, fake, *exposed, name="edge", **more):
    there = fake.add(name, *exposed, **more)
    draft = TunnelDraft(
        name=name, provider=Provider.CLOUDFLARE, account_id=ACCOUNT, provider_tunnel_id=there.id
    )
    await core.tunnels.create(draft, CREDENTIAL)
    return there


async def recorded(core, name="edge"):
    view = await core.tunnels.show(name)
    return {route.hostname: (route.service, route.status.value) for route, _ in view.routes}


def states(operation):
    return {change.hostname: change.state.value for change in TunnelSync.of(operation.result).changes}


async def test_what_an_operator_types_is_planned_and_then_recorded(core):
    await manual(core)
    typed = routes(["app.example.com=web:3000"])
    plan = await core.tunnel_sync.plan("edge", typed)
    assert (plan.kind, plan.dry_run, states(plan)) == (
        OperationKind.TUNNEL_SYNC_PLAN,
        True,
        {"app.example.com": "added"},
    )
    assert await recorded(core) == {}
    done = await core.tunnel_sync.sync("edge", typed)
    assert (done.status, done.server_id) == (OperationStatus.COMPLETED, "")
    assert await recorded(core) == {"app.example.com": ("web:3000", "active")}
    assert (await core.tunnels.show("edge")).tunnel.status is TunnelStatus.ACTIVE


async def test_a_sync_keeps_the_ids_of_routes_and_marks_what_is_gone_as_stale(core):
    await manual(core, "edge", "a.example.com=web:1", "b.example.com=web:2")
    before = {route.hostname: route.id for route, _ in (await core.tunnels.show("edge")).routes}
    done = await core.tunnel_sync.sync("edge", routes(["a.example.com=web:9"]))
    assert states(done) == {"a.example.com": "changed", "b.example.com": "stale"}
    assert await recorded(core) == {"a.example.com": ("web:9", "active"), "b.example.com": ("web:2", "stale")}
    assert {route.hostname: route.id for route, _ in (await core.tunnels.show("edge")).routes} == before
    back = await core.tunnel_sync.sync("edge", routes(["a.example.com=web:9", "b.example.com=web:2"]))
    assert states(back) == {"a.example.com": "unchanged", "b.example.com": "added"}


async def test_a_typed_hostname_that_another_tunnel_has_refuses_the_whole_sync(core):
    await manual(core, "one", "a.example.com=web:1")
    await manual(core, "two", "b.example.com=web:2")
    with pytest.raises(DaoflowError) as taken:
        await core.tunnel_sync.sync("two", routes(["c.example.com=web:3", "a.example.com=web:1"]))
    assert (taken.value.code, taken.value.details["tunnel"]) == ("HOSTNAME_TAKEN", "one")
    assert await recorded(core, "two") == {"b.example.com": ("web:2", "active")}


async def test_a_hostname_that_went_stale_may_move_to_another_tunnel(core):
    await manual(core, "one", "a.example.com=web:1")
    await manual(core, "two")
    await core.tunnel_sync.sync("one", ())
    done = await core.tunnel_sync.sync("two", routes(["a.example.com=web:1"]))
    assert done.status is OperationStatus.COMPLETED


async def test_the_provider_is_observed_compared_and_followed_and_never_changed(core, fake):
    there = await cloud(core, fake, ("a.example.com", "http://web:3000"), ("b.example.com", "http://web:1"))
    await core.tunnel_sync.sync("edge")
    assert (await core.tunnels.show("edge")).state is TunnelState.IN_STEP
    there.ingress = [
        {"hostname": "a.example.com", "service": "http://web:3000"},
        {"hostname": "c.example.com", "service": "http://c:1"},
    ]
    plan = await core.tunnel_sync.plan("edge")
    assert states(plan) == {"a.example.com": "unchanged", "b.example.com": "stale", "c.example.com": "added"}
    view = await core.tunnels.show("edge")
    assert (view.state, view.tunnel.health, view.tunnel.connections) == (TunnelState.DRIFTED, "healthy", 2)
    await core.tunnel_sync.apply("edge", plan.id)
    assert (await core.tunnels.show("edge")).state is TunnelState.IN_STEP
    assert {method for method, _ in fake.requests} == {"GET"}


async def test_a_hostname_seen_in_two_tunnels_is_a_conflict_and_the_rest_is_recorded(core, fake):
    await manual(core, "one", "a.example.com=web:1")
    await cloud(core, fake, ("a.example.com", "http://x:1"), ("b.example.com", "http://x:2"), name="two")
    done = await core.tunnel_sync.sync("two")
    assert (done.status, done.error_code) == (OperationStatus.PARTIAL, "ROUTES_LEFT_OUT")
    assert states(done) == {"a.example.com": "conflict", "b.example.com": "added"}
    assert await recorded(core, "two") == {"b.example.com": ("http://x:2", "active")}
    assert (await core.tunnels.show("two")).state is TunnelState.DRIFTED


FAULTS = {
    "429 for an hour": "PROVIDER_UNAVAILABLE",
    "html 502": "PROVIDER_UNAVAILABLE",
    "success false": "PROVIDER_REFUSED",
    "slow body": "PROVIDER_UNAVAILABLE",
    "truncated json": "PROVIDER_ANSWER_UNUSABLE",
    "redirect": "PROVIDER_REFUSED",
    "wrong account": "PROVIDER_ANSWER_UNUSABLE",
    "another tunnel": "PROVIDER_ANSWER_UNUSABLE",
    "huge body": "PROVIDER_ANSWER_UNUSABLE",
    "gzip body": "PROVIDER_ANSWER_UNUSABLE",
    "deep json": "PROVIDER_ANSWER_UNUSABLE",
    "a field twice": "PROVIDER_ANSWER_UNUSABLE",
    "config 404": "ROUTES_UNAVAILABLE",
    "config without rules": "ROUTES_UNAVAILABLE",
    "gone": "PROVIDER_UNAVAILABLE",
}


async def test_no_fault_of_the_provider_makes_a_record_stale_or_less_known(core, fake, monkeypatch):
    """Fifteen faults, each after a good sync: the routes stay, the fault is told, the next good sync is in step."""
    there = await cloud(core, fake, ("a.example.com", "http://web:1"), ("b.example.com", "http://web:2"))
    await core.tunnel_sync.sync("edge")
    monkeypatch.setattr(http, "CALL_SECONDS", 0.5)
    monkeypatch.setattr(http, "TRIES", 1)
    good = await recorded(core)
    for fault, code in FAULTS.items():
        fake.fault = fault
        url = core.tunnel_providers._override
        if fault == "gone":
            core.tunnel_providers._override = "http://127.0.0.1:9"
        try:
            told = (await core.tunnel_sync.sync("edge")).error_code
        except DaoflowError as error:
            told = error.code
            assert TOKEN not in str(error.document())
        core.tunnel_providers._override = url
        assert (fault, told) == (fault, code)
        assert await recorded(core) == good, fault
        view = await core.tunnels.show("edge")
        assert view.state in (TunnelState.FAILING, TunnelState.UNAVAILABLE), fault
        assert view.seen is not None
    fake.fault = None
    assert states(await core.tunnel_sync.sync("edge")) == dict.fromkeys(good, "unchanged")
    assert (await core.tunnels.show("edge")).state is TunnelState.IN_STEP
    assert there.secret


async def test_a_plan_that_succeeds_ends_the_failing_and_knows_the_health(core, fake):
    await cloud(core, fake, ("a.example.com", "http://web:1"), status="degraded")
    fake.fault = "success false"
    with pytest.raises(DaoflowError):
        await core.tunnel_sync.plan("edge")
    failing = await core.tunnels.show("edge")
    assert (failing.state, failing.tunnel.status) == (TunnelState.FAILING, TunnelStatus.ERROR)
    fake.fault = None
    await core.tunnel_sync.plan("edge")
    view = await core.tunnels.show("edge")
    assert (view.state, view.tunnel.health, view.routes) == (TunnelState.DRIFTED, "degraded", ())
    assert (view.tunnel.status, view.tunnel.synced_at) == (TunnelStatus.INACTIVE, None)


async def test_a_locked_vault_is_no_failure_of_the_provider(core, fake, monkeypatch):
    await cloud(core, fake)

    async def locked(one):
        raise VaultLocked("locked")

    monkeypatch.setattr(core.tunnel_credentials, "open", locked)
    with pytest.raises(VaultLocked):
        await core.tunnel_sync.plan("edge")
    assert (await core.tunnels.show("edge")).state is TunnelState.UNKNOWN
    assert fake.requests == []


async def test_a_rule_that_can_t_be_read_never_makes_its_own_record_stale(core, fake):
    there = await cloud(core, fake, ("a.example.com", "http://web:1"), ("b.example.com", "http://web:2"))
    await core.tunnel_sync.sync("edge")
    there.ingress[0]["service"] = ""
    done = await core.tunnel_sync.sync("edge")
    assert (done.status, states(done)["a.example.com"]) == (OperationStatus.PARTIAL, "unavailable")
    assert (await recorded(core))["a.example.com"] == ("http://web:1", "active")


async def test_a_plan_is_good_for_half_an_hour_for_its_own_tunnel_and_for_the_records_it_saw(core, clock):
    await manual(core, "one")
    await manual(core, "two")
    typed = routes(["a.example.com=web:1"])
    plan = await core.tunnel_sync.plan("one", typed)
    with pytest.raises(DaoflowError) as other:
        await core.tunnel_sync.apply("two", plan.id)
    clock.by = timedelta(minutes=31)
    with pytest.raises(DaoflowError) as old:
        await core.tunnel_sync.apply("one", plan.id)
    clock.by = timedelta(minutes=-5)
    with pytest.raises(DaoflowError) as future:
        await core.tunnel_sync.apply("one", plan.id)
    clock.by = timedelta()
    done = await core.tunnel_sync.apply("one", plan.id)
    with pytest.raises(DaoflowError) as used:
        await core.tunnel_sync.apply("one", plan.id)
    with pytest.raises(DaoflowError) as no_plan:
        await core.tunnel_sync.apply("one", done.id)
    codes = [one.value.code for one in (other, old, future, used, no_plan)]
    assert codes == ["NOT_FOUND", "PLAN_EXPIRED", "PLAN_EXPIRED", "PLAN_STALE", "PLAN_STALE"]


async def test_two_syncs_at_once_end_in_one_whole_state_and_one_that_says_it_lost(core):
    await manual(core)
    first, second = routes(["a.example.com=web:1"]), routes(["b.example.com=web:2"])
    ends = await asyncio.gather(
        core.tunnel_sync.sync("edge", first), core.tunnel_sync.sync("edge", second), return_exceptions=True
    )
    lost = [one for one in ends if isinstance(one, Conflict)]
    assert len(lost) <= 1
    active = [name for name, (_, status) in (await recorded(core)).items() if status == "active"]
    assert len(active) == 1


async def test_pruning_takes_exactly_what_is_stale_and_unseen_for_long(core, clock):
    await manual(core, "edge", "a.example.com=web:1", "b.example.com=web:2")
    await core.tunnel_sync.sync("edge", routes(["a.example.com=web:1"]))
    week = timedelta(days=7)
    assert await core.tunnel_pruning.prune(week) == []
    clock.by = timedelta(days=8)
    assert [route.hostname for _, route in await core.tunnel_pruning.stale(week)] == ["b.example.com"]
    assert [route.hostname for _, route in await core.tunnel_pruning.prune(week)] == ["b.example.com"]
    assert await recorded(core) == {"a.example.com": ("web:1", "active")}
    assert (await core.tunnels.show("edge")).state is TunnelState.IN_STEP


async def test_a_tunnel_is_changed_cleared_and_deleted_with_its_sealed_parts(core, fake):
    there = await cloud(core, fake, ("a.example.com", "http://web:1"))
    await core.tunnel_sync.sync("edge")
    changed = await core.tunnels.update("edge", TunnelDraft(name="rim", domain="example.com"))
    assert (changed.tunnel.name, changed.tunnel.domain, changed.tunnel.provider_tunnel_id) == (
        "rim",
        "example.com",
        there.id,
    )
    cleared = await core.tunnels.update("rim", TunnelDraft(domain=""))
    assert cleared.tunnel.domain is None
    await core.tunnels.delete("rim")
    assert await core.database.rows("select * from sealed where owner_table = 'tunnels'") == []
    assert await core.database.rows("select * from tunnel_routes") == []
    assert there.id in fake.tunnels


async def test_a_name_and_an_id_at_the_provider_are_recorded_once(core, fake):
    there = await cloud(core, fake)
    with pytest.raises(Conflict, match="named edge"):
        await core.tunnels.create(TunnelDraft(name="edge"), None)
    again = TunnelDraft(
        name="b", provider=Provider.CLOUDFLARE, account_id=ACCOUNT, provider_tunnel_id=there.id
    )
    with pytest.raises(Conflict, match="as edge"):
        await core.tunnels.create(again, None)


async def test_one_found_by_its_name_is_not_recorded_twice(core, fake):
    there = await cloud(core, fake, name="edge")
    await core.tunnels.update("edge", TunnelDraft(name="old"))
    draft = TunnelDraft(name="edge", provider=Provider.CLOUDFLARE, account_id=ACCOUNT)
    await core.tunnels.create(draft, CREDENTIAL)
    with pytest.raises(Conflict, match="recorded already, as old"):
        await core.tunnel_sync.sync("edge")
    there.name = "elsewhere"
    new = fake.add("edge")
    await core.tunnel_sync.sync("edge")
    assert (await core.tunnels.show("edge")).tunnel.provider_tunnel_id == new.id


async def test_without_a_credential_or_an_api_nobody_is_asked(core, fake):
    await manual(core, "typed")
    with pytest.raises(InvalidInput, match="no provider"):
        await core.tunnel_sync.plan("typed")
    draft = TunnelDraft(name="bare", provider=Provider.CLOUDFLARE, account_id=ACCOUNT)
    await core.tunnels.create(draft, None)
    with pytest.raises(DaoflowError) as error:
        await core.tunnel_sync.plan("bare")
    assert error.value.code == "NO_CREDENTIALS"
    assert fake.requests == []


@pytest.mark.parametrize(
    "bad", [b"", b" \n", b"two words", b"a\nb", b'{"t":1}', b"eyJhIjoiYiJ9", b"\xff" * 9]
)
async def test_what_is_no_api_token_is_not_kept_and_not_repeated(core, bad):
    draft = TunnelDraft(name="edge", provider=Provider.CLOUDFLARE, account_id=ACCOUNT)
    with pytest.raises(InvalidInput) as error:
        await core.tunnels.create(draft, Secret(bad))
    assert (bad.decode("latin-1").strip() or "?") not in str(error.value.document())
    assert await core.tunnels.list() == ()


async def test_a_check_records_how_every_active_route_answers(core):
    await manual(core, "edge", "a.example.com=web:1", "b.example.com=web:2", "c.example.com=web:3")
    await core.tunnel_sync.sync("edge", routes(["a.example.com=web:1", "b.example.com=web:2"]))

    class Answers:
        async def ask(self, hostname, path, *, allow_private):
            if hostname == "a.example.com":
                return RouteCheck(hostname=hostname, outcome="answered", status=200, latency_ms=31)
            return RouteCheck(hostname=hostname, outcome="private-address", address="10.0.0.5")

    checks = TunnelCheckService(core._tunnel_ground, Answers())
    done = await checks.check("edge")
    assert (done.status, done.error_code) == (OperationStatus.PARTIAL, "ROUTES_NOT_ANSWERING")
    assert "1 of 2 routes answer; 1 were not asked" in done.summary
    kept = {route.hostname: route for route, _ in (await core.tunnels.show("edge")).routes}
    assert (kept["a.example.com"].check_status, kept["a.example.com"].check_latency_ms) == (200, 31)
    assert kept["b.example.com"].check_outcome == "private-address"
    assert kept["c.example.com"].checked_at is None
    await core.tunnel_sync.sync("edge", routes(["a.example.com=web:9", "b.example.com=web:2"]))
    moved = {route.hostname: route for route, _ in (await core.tunnels.show("edge")).routes}
    assert moved["a.example.com"].checked_at is None


async def test_rights_and_records_hold_for_tunnels(core, home, fake):
    await manual(core)
    environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
    reader = Principal("reader", frozenset({"server:read"}))
    async with await open_console(Opening(environ, principal=reader)) as console:
        assert len(await console.tunnels.list()) == 1
        with pytest.raises(ScopeDenied):
            await console.tunnel_sync.plan("edge", ())
    one_server = replace(
        reader, scopes=frozenset({"server:read", "server:write"}), servers=frozenset({"srv_1"})
    )
    async with await open_console(Opening(environ, principal=one_server)) as console:
        with pytest.raises(ScopeDenied):
            await console.tunnels.list()
    calm = Principal("calm", frozenset({"server:read", "server:write"}), read_only=True)
    async with await open_console(Opening(environ, principal=calm)) as console:
        plan = await console.tunnel_sync.plan("edge", ())
        with pytest.raises(ReadOnly):
            await console.tunnel_sync.apply("edge", plan.id)


async def test_every_tunnel_operation_has_intent_and_outcome_on_the_tunnel(core):
    one = await manual(core, "edge", "a.example.com=web:1")
    rows = await core.database.rows("select action, phase, target from audit where action like 'tunnel.%'")
    assert [(row["action"], row["phase"]) for row in rows] == [
        ("tunnel.create", "intent"),
        ("tunnel.create", "outcome"),
        ("tunnel.routes.sync", "intent"),
        ("tunnel.routes.sync", "outcome"),
    ]
    assert {row["target"] for row in rows} == {f"tunnel/{one.id}"}


async def test_the_store_itself_keeps_a_hostname_with_one_tunnel_and_active_routes_from_deletion(core):
    await manual(core, "one", "a.example.com=web:1")
    two = await manual(core, "two")
    insert = (
        "insert into tunnel_routes (id, tunnel_id, hostname, service, status, source, last_seen_at, created_at, "
        "updated_at) values ('rt_x', ?, 'a.example.com', 'x', ?, 'manual', '', '', '')"
    )
    with pytest.raises(Conflict, match="one tunnel"):
        await core.database.write(lambda t: t.run(insert, (two.id, RouteStatus.ACTIVE.value)))
    await core.database.write(lambda t: t.run(insert, (two.id, RouteStatus.STALE.value)))
    with pytest.raises(Conflict, match="one tunnel"):
        await core.database.write(
            lambda t: t.run("update tunnel_routes set status = 'active' where id = 'rt_x'")
        )
    with pytest.raises(Conflict, match="stale route"):
        await core.database.write(lambda t: t.run("delete from tunnel_routes where status = 'active'"))
