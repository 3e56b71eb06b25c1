"""The trail as a file: it verifies offline to the bit, says what it can't see, and never lands on another file."""

import hashlib
import itertools
import json
import os
import random

import pytest
from tests.store.parts import KeyedVault, a_desk, a_server, tamper

from daoflow_core.errors import AuditBroken, Conflict, DaoflowError, InvalidInput, NotFound, ScopeDenied
from daoflow_core.model.operation import OperationStatus
from daoflow_core.private_files import Draft
from daoflow_core.services import anchors, chain, ocsf
from daoflow_core.services.access import Access, Principal
from daoflow_core.services.audit import OCSF, AuditService
from daoflow_core.services.audit_file import Extent, TrailWriter, verify_file
from daoflow_core.store.rows import to_json

ROWS = 6


def an_auditor(desk, *scopes):
    access = Access(Principal("mia", frozenset(scopes or ("server:read",))), desk.recorder)
    return AuditService(desk.database, desk.vault, access, desk.recorder, desk.anchors)


@pytest.fixture
async def desk(tmp_path):
    async with a_desk(tmp_path / "log") as opened:
        for number in range(ROWS // 2):
            async with await opened.begin(a_server(f"edge-{number}"), actor="mía") as handle:
                await handle.finish(OperationStatus.COMPLETED, "done")
        yield opened


@pytest.fixture
async def exported(desk, tmp_path):
    await an_auditor(desk).export(tmp_path / "trail.jsonl")
    return tmp_path / "trail.jsonl"


def verdict(file, known=(), vault=None):
    return verify_file(file, known, 0, vault)[0]


async def test_an_export_verifies_without_its_database_and_with_its_vault(desk, exported):
    answer, extent = verify_file(exported, ())
    assert (answer.ok, answer.entries, answer.reason) == (True, ROWS, None)
    assert (answer.head_mac_ok, answer.triggers_ok, answer.rollback_checked) == (None, None, False)
    assert len(answer.not_seen) == 2
    assert extent.database == json.loads(desk.anchors.read_text().splitlines()[0])["database"]
    known, _ = anchors.read_all(desk.anchors)
    answer = verdict(exported, [one for one in known if one.sequence <= ROWS], KeyedVault())
    assert (answer.ok, answer.head_mac_ok, answer.rollback_checked, answer.not_seen) == (True, True, True, ())
    assert not verdict(exported, vault=KeyedVault(b"other")).ok
    assert os.stat(exported).st_mode & 0o777 == 0o600


async def test_every_single_bit_of_an_export_counts(exported):
    whole, missed = exported.read_bytes(), []
    for position, bit in itertools.product(range(len(whole)), range(8)):
        changed = bytearray(whole)
        changed[position] ^= 1 << bit
        exported.write_bytes(changed)
        if verdict(exported).ok:
            missed.append((position, bit))
    assert missed == []
    assert len(whole) * 8 > 20_000


async def test_every_cut_swap_deletion_duplicate_and_addition_is_seen(exported):
    whole = exported.read_bytes()
    lines = whole.splitlines(keepends=True)
    texts = [whole[:end] for end in range(len(whole))]
    texts += [b"".join(lines[:at] + lines[at + 1 :]) for at in range(len(lines))]
    texts += [b"".join([*lines[:at], line, *lines[at:]]) for at in range(len(lines) + 1) for line in lines]
    for first, second in itertools.combinations(range(len(lines)), 2):
        swapped = lines.copy()
        swapped[first], swapped[second] = lines[second], lines[first]
        texts.append(b"".join(swapped))
    texts += [
        whole + b"\n",
        whole + b"{}",
        b"\xef\xbb\xbf" + whole,
        whole.replace(b"\n", b"\r\n"),
        b"[" * 10**5,
    ]
    for text in texts:
        exported.write_bytes(text)
        assert not verdict(exported).ok, text[:80]


def forged(whole: bytes, vault=None) -> bytes:
    """The whole file rewritten with another actor: every link and the digest fit, and the mark if there is a key."""
    head, *entries, end = map(json.loads, whole.splitlines())
    previous = chain.GENESIS
    for entry in entries:
        entry["actor"] = "nobody"
        entry["previous"] = previous
        entry["hash"] = previous = chain.row_hash(entry)
    del end["sha256"]
    end["hash"] = previous
    if vault is not None:
        end["mac"] = chain.head_mac(vault, end["database"], end["sequence"], previous)
    body = b"".join(to_json(line).encode() + b"\n" for line in (head, *entries))
    digest = hashlib.sha256(body + to_json(end).encode()).hexdigest()
    return body + to_json({**end, "sha256": digest}).encode() + b"\n"


async def test_a_rewritten_export_is_seen_by_the_key_or_an_anchor_and_said_to_be_unseen_without(
    desk, exported
):
    known = [one for one in anchors.read_all(desk.anchors)[0] if one.sequence <= ROWS]
    exported.write_bytes(forged(exported.read_bytes()))
    bare = verdict(exported)
    assert bare.ok and "rewritten as a whole" in " ".join(bare.not_seen)
    assert verdict(exported, vault=KeyedVault()).first_bad_sequence == ROWS
    assert verdict(exported, known).first_bad_sequence == 1
    exported.write_bytes(forged(exported.read_bytes(), KeyedVault()))
    by_key = verdict(exported, vault=KeyedVault())
    assert by_key.ok and "holds the vault's key" in " ".join(by_key.not_seen)
    assert not verdict(exported, known, KeyedVault()).ok


async def test_an_end_that_names_another_row_and_a_row_after_the_end_are_seen(exported):
    head, *entries, end = map(json.loads, exported.read_bytes().splitlines())
    lines = [to_json(line).encode() + b"\n" for line in (head, *entries)]

    def ending(**changes):
        body = {**end, **changes}
        del body["sha256"]
        digest = hashlib.sha256(b"".join(lines) + to_json(body).encode()).hexdigest()
        return to_json({**body, "sha256": digest}).encode() + b"\n"

    exported.write_bytes(b"".join([*lines, ending()]))
    assert verdict(exported).ok
    for changes in ({"sequence": ROWS - 1}, {"hash": "0" * 64}, {"database": "other"}, {"more": 1}):
        exported.write_bytes(b"".join([*lines, ending(**changes)]))
        assert not verdict(exported).ok, changes
    added = {**entries[-1], "sequence": ROWS + 1, "previous": entries[-1]["hash"]}
    added["hash"] = chain.row_hash(added)
    exported.write_bytes(b"".join([*lines, ending(), to_json(added).encode() + b"\n"]))
    assert verdict(exported).first_bad_sequence == ROWS + 1


async def test_an_export_older_than_an_anchor_is_seen(desk, exported):
    known, _ = anchors.read_all(desk.anchors)
    answer = verdict(exported, known)  # the export itself was recorded and anchored after it
    assert (answer.ok, answer.first_bad_sequence) == (False, ROWS + 1)


async def test_a_part_of_the_trail_says_what_it_leaves_out(desk, tmp_path):
    made = await an_auditor(desk).export(tmp_path / "part.jsonl", after=4)
    assert (made.after, made.last) == (4, ROWS)
    answer = verdict(made.path, vault=KeyedVault())
    assert (answer.ok, answer.entries, answer.head_mac_ok) == (True, 2, True)
    assert "rows 1 to 4" in " ".join(answer.not_seen)
    for after in (ROWS + 10, 9999):
        with pytest.raises(NotFound):
            await an_auditor(desk).export(tmp_path / "none.jsonl", after=after)
    assert not (tmp_path / "none.jsonl").exists()


async def test_exporting_is_recorded_and_a_file_in_the_way_stays(desk, tmp_path):
    auditor, file = an_auditor(desk), tmp_path / "taken"
    file.write_text("mine")
    with pytest.raises(Conflict):
        await auditor.export(file)
    assert file.read_text() == "mine"
    assert (await auditor.list(limit=1))[0].action == "server.check"
    await auditor.export(file, replace=True)
    assert verdict(file).ok
    newest = (await auditor.list(limit=1))[0]
    assert (newest.action, newest.outcome, newest.detail["last"]) == ("audit.export", "completed", ROWS)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


async def test_what_can_not_be_recorded_is_not_exported(desk, tmp_path):
    desk.vault.locked = True
    with pytest.raises(DaoflowError) as refused:
        await an_auditor(desk).export(tmp_path / "trail.jsonl")
    assert refused.value.code == "VAULT_LOCKED"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log"]


async def test_a_broken_trail_is_not_exported(desk, tmp_path):
    tamper(desk.path, "update audit set actor = 'nobody' where sequence = 3")
    for form in ("jsonl", OCSF):
        with pytest.raises(AuditBroken) as broken:
            await an_auditor(desk).export(tmp_path / "trail.jsonl", form)
        assert broken.value.details["firstBadSequence"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log"]


async def test_an_export_needs_the_scope(desk, tmp_path):
    with pytest.raises(ScopeDenied):
        await an_auditor(desk, "server:write").export(tmp_path / "trail.jsonl")


async def test_every_row_is_one_event_of_the_open_schema(desk, tmp_path):
    await desk.recorder.denied(
        actor="ci", scope="server:write", action="server.delete", target="server/srv_1", reason="no"
    )
    made = await an_auditor(desk).export(tmp_path / "events.jsonl", OCSF)
    events = [json.loads(line) for line in made.path.read_text().splitlines()]
    assert [one["metadata"]["sequence"] for one in events] == list(range(1, ROWS + 2))
    for one in events:
        assert one["class_uid"] == 6003 and one["category_uid"] == 6
        assert one["type_uid"] == 600_300 + one["activity_id"]
        assert one["time"] > 1_700_000_000_000
        assert {"actor", "api", "src_endpoint", "metadata", "severity_id", "status_id"} <= one.keys()
    denied = events[-1]
    assert (denied["activity_id"], denied["status_id"], denied["severity_id"]) == (4, 2, 3)
    assert denied["resources"] == [{"type": "server", "uid": "srv_1"}]
    assert [one["status"] for one in events[:2]] == ["Other", "Success"]
    assert events[0]["metadata"]["correlation_uid"] == events[1]["metadata"]["correlation_uid"]


@pytest.mark.parametrize(
    ("action", "number"),
    [("ssh_key.create", 1), ("server.list", 2), ("server.update", 3), ("server.delete", 4), ("strange", 99)],
)
def test_an_action_has_the_schemas_number_for_what_it_does(action, number):
    assert ocsf.activity_of(action) == number


async def test_an_anchor_taken_by_hand_is_an_anchor(desk, tmp_path):
    auditor, file = an_auditor(desk), tmp_path / "elsewhere.jsonl"
    made = await auditor.anchor(file)
    assert (made.sequence, anchors.read_all(file)) == (ROWS, ([made], 0))
    assert os.stat(file).st_mode & 0o777 == 0o600
    file.write_text(json.dumps({"ok": True, "data": anchors.document(made)}) + "\n")
    answer = await auditor.verify(file)
    assert (answer.ok, answer.anchors_checked, answer.rollback_checked, answer.not_seen) == (
        True,
        1,
        True,
        (),
    )
    with pytest.raises(InvalidInput):
        await auditor.anchor(tmp_path / "no" / "such" / "folder")


async def test_ten_thousand_whole_rows_raise_no_false_alarm(tmp_path):
    """The figure of the trail's design: no false alarm over 10,000 rows of any content, in the file as in the store."""
    dice, file, vault = random.Random(11), tmp_path / "trail.jsonl", KeyedVault()
    letters = ["a", "é", "\U0001f600", '"', "\\", "\n", "\0", "'", "%", " ", "‮", "{", "}"]
    previous, draft = chain.GENESIS, Draft(file)
    writer = TrailWriter(draft.file, Extent("db", 0, previous, "2026-01-01T00:00:00.000Z"))
    for sequence in range(1, 10_001):
        words = ["".join(dice.choices(letters, k=dice.randrange(9))) for _ in range(6)]
        row = dict(zip(("actor", "scope", "action", "target", "outcome", "detail"), words, strict=True))
        row |= {"sequence": sequence, "at": "now", "phase": "intent", "previous": previous}
        row["operation_id"] = dice.choice([None, "op_1"])
        row["hash"] = previous = chain.row_hash(row)
        writer.entry(row)
    writer.end(anchors.Anchor("db", 10_000, previous, "now", chain.head_mac(vault, "db", 10_000, previous)))
    draft.publish()
    draft.discard()
    answer = verdict(file, (), vault)
    assert (answer.ok, answer.entries, answer.head_mac_ok) == (True, 10_000, True)


def test_a_draft_becomes_a_file_whole_and_private_or_not_at_all(tmp_path):
    draft = Draft(tmp_path / "made")
    draft.file.write(b"half")
    assert not (tmp_path / "made").exists()
    draft.discard()
    assert list(tmp_path.iterdir()) == []
    draft = Draft(tmp_path / "made")
    (tmp_path / "made").write_text("somebody was faster")
    with pytest.raises(Conflict):
        draft.publish()
    draft.discard()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["somebody was faster"]
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(Conflict):
        Draft(tmp_path / "link")
