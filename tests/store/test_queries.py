"""The query modules: what goes in comes out, and each rule of the inventory holds in the store itself."""

from dataclasses import replace

import pytest
from tests.store.parts import NOW, a_desk, a_server

from daoflow_core.errors import Conflict
from daoflow_core.model.assets import SshKey
from daoflow_core.model.identity import HostKey, HostKeyStatus
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.model.server import Endpoint
from daoflow_core.model.vault import Place
from daoflow_core.store import host_keys, operations, readiness, sealed, servers, ssh_keys, vault_records

LATER = "2026-03-20T22:30:30.000Z"


def a_key(name="edge key", **changes):
    values = {"id": f"key_{name}", "name": name, "username": None, "fingerprint": f"SHA256:{name}"}
    values |= {
        "key_type": "ssh-ed25519",
        "bits": 256,
        "public_key": "AAAA",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return SshKey(**{**values, **changes})


def a_host_key(number=1, server_id="srv_edge-1", at=NOW):
    shown = (f"AAAA{number}", f"SHA256:{number}", HostKeyStatus.OBSERVED, at, at)
    return HostKey(f"hk_{number}", server_id, "ssh-ed25519", *shown)


def a_check(status=ReadinessStatus.READY, at=NOW, **changes):
    return Readiness("srv_edge-1", status, at, **changes)


async def add(database, *found):
    for server in found:
        await database.write(lambda tx, server=server: servers.insert(tx, server))


async def test_a_server_comes_back_as_it_was_written(database):
    server = a_server(agent_fingerprint="SHA256:x", read_only=True)
    await add(database, server)
    assert await servers.by_id(database, server.id) == server
    changed = replace(server, name="edge-9", endpoint=Endpoint("::1", 2222, "root"), updated_at=LATER)
    assert await database.write(lambda tx: servers.update(tx, changed))
    assert await servers.by_id_or_name(database, "edge-9") == changed
    assert await servers.by_endpoint(database, changed.endpoint) == changed


async def test_two_live_servers_share_neither_name_nor_endpoint(database):
    await add(database, a_server())
    for twin in (
        a_server(id="srv_2", endpoint=Endpoint("other", 22, "deploy")),
        a_server("edge-2", endpoint=a_server().endpoint),
    ):
        with pytest.raises(Conflict):
            await add(database, twin)
    await add(database, a_server("edge-2"))
    with pytest.raises(Conflict):
        await database.write(lambda tx: servers.update(tx, replace(a_server("edge-2"), name="edge-1")))


async def test_a_removed_server_frees_its_name_and_keeps_its_row(database):
    await add(database, a_server())
    assert await database.write(lambda tx: servers.mark_removed(tx, "srv_edge-1", LATER))
    assert not await database.write(lambda tx: servers.mark_removed(tx, "srv_edge-1", LATER))
    assert not await database.write(lambda tx: servers.update(tx, a_server()))
    assert await servers.by_id_or_name(database, "edge-1") is None
    assert await servers.by_id_or_name(database, "srv_edge-1") is None
    assert (await servers.by_id(database, "srv_edge-1")).removed_at == LATER
    await add(database, a_server(id="srv_again"))
    assert [server.id for server in await servers.list_live(database)] == ["srv_again"]


async def test_an_id_wins_over_a_server_that_is_named_like_it(database):
    await add(database, a_server(), replace(a_server("edge-2"), name="srv_edge-1"))
    assert (await servers.by_id_or_name(database, "srv_edge-1")).id == "srv_edge-1"


async def test_a_host_key_seen_again_keeps_its_standing_and_its_first_sight(database):
    await add(database, a_server())
    first = a_host_key()
    await database.write(lambda tx: host_keys.observe(tx, first))
    trusted = replace(first, status=HostKeyStatus.APPROVED, approved_at=NOW, approved_by="mia")
    assert await database.write(lambda tx: host_keys.approve(tx, trusted))
    again = replace(first, id="hk_new", observed_at=LATER, last_observed_at=LATER)
    await database.write(lambda tx: host_keys.observe(tx, again))
    assert await host_keys.list_for(database, "srv_edge-1") == [replace(trusted, last_observed_at=LATER)]


async def test_only_one_key_is_trusted_and_only_exactly_the_one_named(database):
    await add(database, a_server())
    for number in (1, 2):
        await database.write(lambda tx, number=number: host_keys.observe(tx, a_host_key(number)))
    trusted = replace(a_host_key(1), approved_at=NOW, approved_by="mia")
    for changed in (
        {"fingerprint": "SHA256:2"},
        {"public_key": "AAAA2"},
        {"algorithm": "ssh-rsa"},
        {"id": "x"},
    ):
        wrong = replace(trusted, **changed)
        assert not await database.write(lambda tx, wrong=wrong: host_keys.approve(tx, wrong))
    assert await database.write(lambda tx: host_keys.approve(tx, trusted))
    second = replace(a_host_key(2), approved_at=LATER, approved_by="mia")
    with pytest.raises(Conflict):
        await database.write(lambda tx: host_keys.approve(tx, second))

    async def rotate(transaction, key):
        assert await host_keys.supersede_approved(transaction, "srv_edge-1", LATER)
        assert await host_keys.approve(transaction, key)

    await database.write(lambda tx: rotate(tx, second))
    assert (await host_keys.approved(database, "srv_edge-1")).fingerprint == "SHA256:2"
    await database.write(lambda tx: rotate(tx, trusted))
    back = await host_keys.approved(database, "srv_edge-1")
    assert (back.fingerprint, back.superseded_at) == ("SHA256:1", None)


async def test_the_key_inventory_keeps_a_key_once_and_while_it_is_used(database):
    key = a_key()
    await database.write(lambda tx: ssh_keys.insert(tx, key))
    for twin in (a_key("other", fingerprint=key.fingerprint), a_key(id="key_2", fingerprint="SHA256:new")):
        with pytest.raises(Conflict):
            await database.write(lambda tx, twin=twin: ssh_keys.insert(tx, twin))
    await add(database, a_server(ssh_key_id=key.id))
    with pytest.raises(Conflict):
        await database.write(lambda tx: ssh_keys.delete(tx, key.id))
    await database.write(lambda tx: ssh_keys.mark_used(tx, key.id, LATER))
    used = replace(key, last_used_at=LATER)
    assert await ssh_keys.by_fingerprint(database, key.fingerprint) == used
    assert await ssh_keys.by_id_or_name(database, key.name) == used
    assert await ssh_keys.list_all(database) == [used]
    assert [server.id for server in await servers.using_key(database, key.id)] == ["srv_edge-1"]


async def test_a_server_can_not_name_a_key_that_is_not_there(database):
    with pytest.raises(Conflict):
        await add(database, a_server(ssh_key_id="key_none"))


async def test_a_sealed_value_answers_to_its_exact_place(database):
    place = Place("ssh_keys", "key_1", "private_key", 1)
    newer = replace(place, version=2)
    await database.write(lambda tx: sealed.put(tx, place, b"\0\xffone"))
    assert await sealed.get(database, place) == b"\0\xffone"
    assert await sealed.get(database, newer) is None
    await database.write(lambda tx: sealed.put(tx, newer, b"two"))
    assert await sealed.get(database, place) is None
    other = Place("tokens", "a", "b", 1)
    await database.write(lambda tx: sealed.put(tx, other, b"three"))
    assert await sealed.page(database, None, 1) == [(newer, b"two")]
    assert await sealed.page(database, newer, 9) == [(other, b"three")]
    assert await database.write(lambda tx: sealed.delete(tx, newer))
    assert not await database.write(lambda tx: sealed.delete(tx, newer))


async def test_the_last_key_slot_stays(database):
    slot = {"id": "s1", "kind": "keyfile", "params": "{}", "salt": "", "wrapped_root": "w", "created_at": NOW}
    await database.write(lambda tx: vault_records.add_slot(tx, slot))
    assert not await database.write(lambda tx: vault_records.remove_slot(tx, "s1"))
    await database.write(lambda tx: vault_records.add_slot(tx, {**slot, "id": "s2"}))
    assert await database.write(lambda tx: vault_records.remove_slot(tx, "s1"))
    assert [row["id"] for row in await vault_records.slots(database)] == ["s2"]


async def test_a_new_key_generation_retires_the_one_before(database):
    for kid in ("k1", "k2"):
        await database.write(lambda tx, kid=kid: vault_records.add_key(tx, kid, NOW))
    assert {row["kid"]: row["status"] for row in await vault_records.keys(database)} == {
        "k1": "retired",
        "k2": "active",
    }
    assert not await database.write(lambda tx: vault_records.remove_key(tx, "k2"))
    assert await database.write(lambda tx: vault_records.remove_key(tx, "k1"))


async def test_a_check_comes_back_as_it_was_written_with_unknown_kept_apart_from_false(database):
    await add(database, a_server())
    check = a_check(
        ReadinessStatus.ATTENTION,
        issues=(Issue("disk", "The disk is 96 % full.", "Run a cleanup."),),
        ssh_reachable=True,
        docker_reachable=False,
        latency_ms=0,
        uses_sudo=True,
        cpu_percent=0,
        os_name="Debian",
    )
    assert await database.write(lambda tx: readiness.record(tx, check))
    assert await readiness.of(database, "srv_edge-1") == check
    assert (await readiness.list_live(database))["srv_edge-1"] == check
    fleet = await servers.fleet(database)
    assert readiness.from_row(fleet[0], "readiness_") == check


async def test_only_a_change_of_standing_is_history_and_an_older_check_is_dropped(database):
    await add(database, a_server())
    blocked = Issue("unreachable", "No answer.", "Look at it.")
    checks = [
        (a_check(at="2026-03-20T22:00:00.000Z"), True),
        (a_check(at="2026-03-20T22:01:00.000Z"), False),
        (a_check(ReadinessStatus.BLOCKED, "2026-03-20T22:02:00.000Z", issues=(blocked,)), True),
        (a_check(at="2026-03-20T22:01:30.000Z"), False),
        (a_check(ReadinessStatus.BLOCKED, "2026-03-20T22:03:00.000Z", issues=(blocked,)), False),
    ]
    for check, changed in checks:
        assert await database.write(lambda tx, check=check: readiness.record(tx, check)) is changed
    assert [tuple(row.values()) for row in await readiness.changes(database, "srv_edge-1")] == [
        ("2026-03-20T22:02:00.000Z", "blocked", "ready", "No answer."),
        ("2026-03-20T22:00:00.000Z", "ready", None, "every check passed"),
    ]
    assert await readiness.good_at(database, "srv_edge-1") == "2026-03-20T22:01:00.000Z"
    await database.write(lambda tx: readiness.forget(tx, "srv_edge-1"))
    assert await readiness.of(database, "srv_edge-1") is None


async def test_operations_are_listed_newest_first_page_by_page_and_by_what_they_are(tmp_path):
    async with a_desk(tmp_path) as desk:
        made = []
        for number in range(7):
            kind = OperationKind.READINESS_CHECK if number % 2 else OperationKind.RESOURCE_CHECK
            async with await desk.begin(a_server(f"edge-{number % 2}"), kind) as handle:
                for line in range(5):
                    handle.log(Stream.STDOUT, f"line {line}")
                await handle.finish(OperationStatus.COMPLETED, f"done {number}", {"number": number})
            made.append(handle.operation)
        made.sort(key=lambda operation: operation.id, reverse=True)
        database = desk.database
        first = await operations.newest(database, limit=3)
        rest = await operations.newest(database, before=first[-1].id, limit=10)
        assert first + rest == made
        odd = await operations.newest(database, server_id="srv_edge-1")
        assert odd == await operations.newest(database, kind=OperationKind.READINESS_CHECK)
        assert len(odd) == 3
        assert await operations.newest(database, status=OperationStatus.FAILED) == []
        assert await operations.running(database) == []
        log = await operations.lines(database, made[0].id)
        assert [line.sequence for line in log] == [1, 2, 3, 4, 5, 6, 7]
        assert await operations.lines(database, made[0].id, after=5) == log[5:]
        assert await operations.tail(database, made[0].id, limit=2) == log[-2:]
        assert await operations.line_count(database, made[0].id) == 7
