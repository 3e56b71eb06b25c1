"""The audit trail: whatever is changed, cut, swapped or added is found; what is whole is never blamed."""

import asyncio
import itertools
import json
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from tests.store.parts import KeyedVault, a_desk, a_server, tamper

from daoflow_core.errors import ScopeDenied, StoreUnusable
from daoflow_core.model.operation import OperationStatus
from daoflow_core.services import anchors, chain
from daoflow_core.services.access import Access, Principal
from daoflow_core.services.audit import AuditService
from daoflow_core.services.audit_verification import verify_trail
from daoflow_core.services.links import Links, TrailError, decoded
from daoflow_core.store import audit_log, meta
from daoflow_core.store.engine import open_database

ROWS = 20


@pytest.fixture
async def log(tmp_path):
    """A folder with a closed log of 20 rows and its anchors."""
    async with a_desk(tmp_path / "log") as desk:
        for number in range(ROWS // 2):
            async with await desk.begin(a_server(f"edge-{number}")) as handle:
                await handle.finish(OperationStatus.COMPLETED, "done")
    return tmp_path / "log"


async def verdict(folder, *, anchored=True, vault=None):
    async with await open_database(folder / "daoflow.db") as database:
        known, damaged = [], 0
        if anchored:
            known, damaged = anchors.read(folder / "anchors.jsonl", await meta.database_id(database))
        return await verify_trail(database, vault or KeyedVault(), known, damaged)


class Opened:
    """A log without its guards, so that each change can be tried and taken back; the guards' loss is not counted."""

    def __init__(self, folder, database, known):
        self.path = folder / "daoflow.db"
        self._database = database
        self._known = known

    async def after(self, *statements):
        """The first bad row and the reason that a check gives after some changes, which are then undone."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as stranger:
            before = [
                stranger.execute(f"select * from {table}").fetchall() for table in ("audit", "audit_head")
            ]
            for statement in statements:
                stranger.execute(*statement)
            answer = await verify_trail(self._database, KeyedVault(), self._known, 0)
            for table, rows in zip(("audit", "audit_head"), before, strict=True):
                stranger.execute(f"delete from {table}")
                for row in rows:
                    stranger.execute(f"insert into {table} values ({','.join('?' * len(row))})", row)
        return answer.first_bad_sequence


@pytest.fixture
async def opened(log):
    tamper(log / "daoflow.db")
    async with await open_database(log / "daoflow.db") as database:
        known, _ = anchors.read(log / "anchors.jsonl", await meta.database_id(database))
        yield Opened(log, database, known)


async def test_a_whole_trail_is_whole(log):
    answer = await verdict(log)
    assert answer.ok
    assert (answer.entries, answer.first_bad_sequence, answer.reason) == (ROWS, None, None)
    assert (answer.head_mac_ok, answer.triggers_ok) == (True, True)
    assert (answer.anchors_checked, answer.anchors_damaged, answer.rollback_checked) == (ROWS, 0, True)


def flips(value):
    """A stored value with each single bit of it turned over."""
    if isinstance(value, int):
        return [value ^ (1 << bit) for bit in range(63)]
    raw = (value or "").encode()
    turned = []
    for position, bit in itertools.product(range(len(raw)), range(8)):
        piece = bytearray(raw)
        piece[position] ^= 1 << bit
        turned.append(bytes(piece))
    return turned


@pytest.mark.slow
async def test_a_changed_bit_anywhere_in_the_file_counts(opened):
    """A spread of bits, changed in the file itself; the test below tries them all."""
    dice, missed, tried = random.Random(3), [], 0
    with closing(sqlite3.connect(opened.path)) as look:
        rows = look.execute(f"select {', '.join(audit_log.COLUMNS)} from audit order by sequence").fetchall()
    for row, (place, name) in itertools.product(rows, enumerate(audit_log.COLUMNS)):
        every = flips(row[place])
        chosen = dice.sample(every, min(len(every), 6 if row[0] in (1, 10, ROWS) else 2))
        for value in chosen:
            typed = "?" if isinstance(value, int) else "cast(? as text)"
            change = (f"update audit set {name} = {typed} where sequence = ?", (value, row[0]))
            try:
                found = await opened.after(change)
            except sqlite3.IntegrityError:
                continue  # the table itself refuses it: a taken number, a phase that is none
            tried += 1
            if found is None or found > row[0] + 1:
                missed.append((row[0], name, value))
    assert missed == []
    assert tried > 300


async def test_every_single_bit_of_every_column_of_every_row_counts(log):
    """All of them, over the rows as they lie in the file; each is blamed on its own row."""
    async with await open_database(log / "daoflow.db") as database:
        rows = await audit_log.raw(database, 0, ROWS)
    assert len(rows) == ROWS
    tried, missed, previous = 0, [], chain.GENESIS
    for number, row in enumerate(rows):
        for name in audit_log.COLUMNS:
            for value in flips(row[name] if name == "sequence" else (row[name] or b"").decode()):
                tried += 1
                links = Links(after=number, previous=previous)
                try:
                    links.expect((row | {name: value})["sequence"])
                    links.add(decoded(row | {name: value}))
                except TrailError as error:
                    if error.sequence <= number + 1 or name == "sequence":
                        continue
                missed.append((number + 1, name, value))
        previous = decoded(row)["hash"]
    assert missed == []
    assert tried > 40_000


def test_every_single_bit_of_a_row_changes_its_hash():
    row = dict.fromkeys(chain.HASHED, "value of some length") | {"sequence": 7, "operation_id": None}
    whole = chain.row_hash(row)
    changed = 0
    for name in chain.HASHED:
        for value in flips(row[name]):
            text = value if isinstance(value, int) else value.decode("latin-1")
            assert chain.row_hash({**row, name: text}) != whole
            changed += 1
    assert changed > 1000
    assert chain.row_hash({**row, "operation_id": ""}) != whole
    assert chain.row_hash({**row, "actor": row["action"] + "x", "action": row["actor"]}) != whole


async def test_another_storage_type_is_not_the_same_row(opened):
    for name in audit_log.COLUMNS[1:]:
        value = f"update audit set {name} = cast({name} as blob) where sequence = 5"
        assert await opened.after(("pragma ignore_check_constraints = on",), (value,)) == 5, name
    assert await opened.after(("update audit set operation_id = null where sequence = 5",)) == 5
    assert await opened.after(("update audit set operation_id = '' where sequence = 5",)) == 5


async def test_every_prefix_is_seen_even_with_a_head_to_match(opened):
    for kept in range(ROWS):
        cut = ("delete from audit where sequence > ?", (kept,))
        assert await opened.after(cut) == kept + 1
        mac = chain.head_mac(KeyedVault(b"guess"), "x", kept, "h")
        head = (
            "update audit_head set sequence = ?, mac = ?, hash = (select hash from audit where sequence = ?)",
            (kept, mac, kept),
        )
        if kept:
            assert await opened.after(cut, head) is not None
        assert await opened.after(cut, ("delete from audit_head",)) is not None


async def test_every_swap_delete_and_duplicate_is_seen(opened):
    columns = ", ".join(audit_log.COLUMNS[1:])
    for first, second in itertools.combinations(range(1, ROWS + 1), 2):
        moves = ((first, -1), (second, first), (-1, second))
        swap = [("update audit set sequence = ? where sequence = ?", (to, at)) for at, to in moves]
        assert await opened.after(*swap) == first
    for at in range(1, ROWS + 1):
        assert await opened.after(("delete from audit where sequence = ?", (at,))) in (at, ROWS)
        renumbered = [
            ("delete from audit where sequence = ?", (at,)),
            ("update audit set sequence = -(sequence - 1) where sequence > ?", (at,)),
            ("update audit set sequence = -sequence where sequence < 0",),
        ]
        assert await opened.after(*renumbered) in (at, ROWS)
        for place in (ROWS + 1, 0, -5, -(2**63)):
            copied = columns.replace("hash", "hash || 'x'")
            copy = f"insert into audit select ?, {copied} from audit where sequence = ?"
            assert await opened.after((copy, (place, at))) is not None


async def test_a_trail_rewritten_by_someone_without_the_key_is_seen(opened):
    with closing(sqlite3.connect(opened.path)) as look:
        look.row_factory = sqlite3.Row
        rows = [dict(row) for row in look.execute("select * from audit order by sequence")]
    rows[4]["actor"] = "nobody"
    changes, previous = [("delete from audit",)], chain.GENESIS
    for row in rows:
        row["previous"] = previous
        row["hash"] = previous = chain.row_hash(row)
        marks = ", ".join("?" * len(row))
        changes.append((f"insert into audit ({', '.join(row)}) values ({marks})", tuple(row.values())))
    head = ("update audit_head set hash = ?", (previous,))
    assert await opened.after(*changes, head) == 5  # the anchors tell from which row on
    opened._known = []
    assert await opened.after(*changes, head) == ROWS  # without them, the head's mark does


async def test_every_change_of_the_head_is_seen(opened):
    for statement in (
        "update audit_head set sequence = sequence - 1",
        "update audit_head set sequence = sequence + 1",
        "update audit_head set hash = (select hash from audit where sequence = 3)",
        "update audit_head set mac = replace(mac, substr(mac, 1, 1), 'g')",
        "update audit_head set mac = 'é'",
        "update audit_head set mac = x'00'",
        "delete from audit_head",
    ):
        assert await opened.after((statement,)) is not None, statement


async def test_a_rolled_back_file_is_seen_with_an_anchor_and_honestly_not_checked_without(log, tmp_path):
    shutil.copytree(log, tmp_path / "older")
    async with a_desk(log) as desk, await desk.begin() as handle:
        await handle.finish(OperationStatus.COMPLETED, "the deed to hide")
    (tmp_path / "older" / "daoflow.db").replace(log / "daoflow.db")
    answer = await verdict(log)
    assert (answer.ok, answer.first_bad_sequence) == (False, ROWS + 1)
    assert "older state" in answer.reason
    answer = await verdict(log, anchored=False)
    assert (answer.ok, answer.rollback_checked) == (True, False)


async def test_a_lost_guard_is_told_even_when_every_row_is_whole(log):
    tamper(log / "daoflow.db")
    answer = await verdict(log)
    assert (answer.ok, answer.triggers_ok, answer.first_bad_sequence) == (False, False, None)
    assert "audit_stays is missing" in answer.reason


async def test_a_head_of_another_vault_or_database_is_seen(log):
    answer = await verdict(log, vault=KeyedVault(b"other"), anchored=False)
    assert (answer.ok, answer.head_mac_ok) == (False, False)


async def test_with_the_vault_locked_the_chain_is_checked_and_the_mark_is_not(log):
    vault = KeyedVault()
    vault.locked = True
    answer = await verdict(log, vault=vault)
    assert (answer.ok, answer.head_mac_ok, answer.anchors_checked) == (True, None, ROWS)


async def test_torn_forged_and_foreign_anchors_blame_nobody(log):
    file = log / "anchors.jsonl"
    genuine = json.loads(file.read_text().splitlines()[0])
    with file.open("a") as anchors_file:
        for change in ({"hash": "0" * 64}, {"sequence": 999}, {"mac": "0"}, {"sequence": True}, {"mac": 5}):
            print(json.dumps({**genuine, **change}), file=anchors_file)
        print(json.dumps({**genuine, "database": "another", "sequence": 999}), file=anchors_file)
        print('not json\n[]\n"x"\n' + "[" * 100_000, file=anchors_file)
        print('{"database": "torn', end="", file=anchors_file)
    async with a_desk(log) as desk, await desk.begin() as handle:
        await handle.finish(OperationStatus.COMPLETED, "after a torn line")
    answer = await verdict(log)
    assert (answer.ok, answer.reason) == (True, None)
    assert (answer.anchors_checked, answer.anchors_damaged) == (ROWS + 2, 10)
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_trail_that_grows_while_it_is_checked_is_never_blamed(tmp_path):
    async with a_desk(tmp_path) as desk:
        ended = asyncio.Event()

        async def work():
            for _ in range(60):
                async with await desk.begin() as handle:
                    await handle.finish(OperationStatus.COMPLETED, "done")
            ended.set()

        worker = asyncio.create_task(work())
        checks = 0
        while not ended.is_set():
            answer = await verify_trail(desk.database, desk.vault, [], 0)
            assert answer.ok, answer.reason
            checks += 1
        await worker
        assert checks > 5
        assert (await verify_trail(desk.database, desk.vault, [], 0)).entries == 120


async def test_random_whole_trails_are_never_blamed(tmp_path):
    dice = random.Random(9)
    alphabet = ["a", "é", "\U0001f600", '"', "\\", "\n", "\0", "\ud800", "'", "%", " "]
    async with a_desk(tmp_path) as desk:
        for _ in range(150):
            words = ["".join(dice.choices(alphabet, k=dice.randrange(12))) for _ in range(4)]
            number = dice.choice([0, -1, 2**80, 0.1, True, None])
            await desk.recorder.denied(
                actor=words[0], scope="server:read", action="server.check", target=words[1], reason=words[2]
            )
            await desk.change(lambda tx: meta.put(tx, "x", "y"), detail={words[3]: [number, words]})
        known, damaged = anchors.read(desk.anchors, await meta.database_id(desk.database))
        answer = await verify_trail(desk.database, desk.vault, known, damaged)
        assert (answer.ok, answer.entries, answer.anchors_damaged) == (True, 450, 0)


def an_auditor(desk, *scopes):
    return AuditService(
        desk.database,
        desk.vault,
        Access(Principal("mia", frozenset(scopes)), desk.recorder),
        desk.recorder,
        desk.anchors,
    )


async def test_the_service_lists_newest_first_and_checks_with_its_own_or_a_named_file(log, tmp_path):
    async with a_desk(log) as desk:
        service = an_auditor(desk, "server:read")
        newest = await service.list(limit=3)
        assert [entry.sequence for entry in newest] == [ROWS, ROWS - 1, ROWS - 2]
        assert [entry.sequence for entry in await service.list(limit=1, before=3)] == [2]
        assert (await service.verify()).rollback_checked
        with pytest.raises(StoreUnusable):
            await service.verify(tmp_path / "none.jsonl")
        desk.anchors.unlink()
        assert not (await service.verify()).rollback_checked


async def test_reading_the_trail_needs_the_scope(log):
    async with a_desk(log) as desk:
        with pytest.raises(ScopeDenied):
            await an_auditor(desk).list()
        with pytest.raises(ScopeDenied):
            await an_auditor(desk).verify()
