"""The vault opens with its own keys only, notices changed records, and never shows what it holds."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import logging
import pickle
from dataclasses import replace

import pytest
from tests.vault.parts import CANARIES, DATABASE, NOW, PLACE, master_key, new_vault, passphrase

from daoflow_core.errors import InvalidInput, VaultDamaged, VaultLocked
from daoflow_core.model.vault import VaultRecords
from daoflow_core.secret import Secret
from daoflow_core.vault.derive import from_text
from daoflow_core.vault.passphrase import CAP, FLOOR, Cost, Passphrase
from daoflow_core.vault.vault import SealedVault


def with_passphrase() -> VaultRecords:
    return SealedVault.create(DATABASE, passphrase(), NOW)[1]


def changed_slot(records: VaultRecords, **change: str) -> VaultRecords:
    return replace(records, slots=(replace(records.slots[0], **change),))


def test_a_vault_opens_again_with_its_key():
    vault, records = new_vault()
    blob = vault.seal(PLACE, Secret(b"value"))
    again = SealedVault.unlock(records, master_key())
    assert again.open(PLACE, blob).reveal() == b"value"
    assert again.mac("audit", b"head") == vault.mac("audit", b"head")
    assert again.active_kid == vault.active_kid


def test_another_key_is_refused_at_once():
    _, records = new_vault()
    with pytest.raises(VaultLocked, match="The key file does not open the vault"):
        SealedVault.unlock(records, master_key(2))


def test_a_passphrase_opens_and_a_wrong_one_does_not():
    records = with_passphrase()
    assert SealedVault.unlock(records, passphrase()).active_kid == records.keks[0].kid
    with pytest.raises(VaultLocked, match="The passphrase does not open the vault"):
        SealedVault.unlock(records, passphrase("correct horse batterz"))


def test_every_slot_gives_the_same_root_and_a_missing_kind_is_named():
    vault, records = new_vault()
    blob = vault.seal(PLACE, Secret(b"value"))
    second = vault.add_slot(passphrase(), NOW)
    both = replace(records, slots=(*records.slots, second))
    assert SealedVault.unlock(both, passphrase()).open(PLACE, blob).reveal() == b"value"
    with pytest.raises(VaultLocked) as locked:
        SealedVault.unlock(both, master_key(kind="environment"))
    assert locked.value.next_step == "Open it by: key file, passphrase"


def test_a_removed_slot_does_not_open():
    _, records = new_vault()
    with pytest.raises(VaultLocked, match="not set up"):
        SealedVault.unlock(changed_slot(records, status="removed"), master_key())


def test_a_second_slot_of_a_kind_opens_when_the_first_does_not():
    vault, records = new_vault()
    both = replace(records, slots=(*records.slots, vault.add_slot(master_key(2), NOW)))
    assert SealedVault.unlock(both, master_key(2)).active_kid == vault.active_kid


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *[
            ("memory_kib", value)
            for value in (8, FLOOR.memory_kib - 1, CAP.memory_kib + 1, 2**31, "65536", None, True)
        ],
        *[("iterations", value) for value in (0, 1, -3, CAP.iterations + 1, 2.5)],
        *[("lanes", value) for value in (0, CAP.lanes + 1)],
        *[("kdf", value) for value in ("scrypt", "argon2i", None)],
    ],
)
def test_a_weaker_or_ruinous_stored_cost_is_refused_without_being_paid(parameter, value, monkeypatch):
    records = with_passphrase()
    params = json.loads(records.slots[0].params) | {parameter: value}
    monkeypatch.setattr("daoflow_core.vault.passphrase.Argon2id", None)
    with pytest.raises(VaultDamaged, match="can't be used") as refused:
        SealedVault.unlock(changed_slot(records, params=json.dumps(params)), passphrase())
    assert "was changed" in refused.value.why


@pytest.mark.parametrize("params", ["", "{}", "[]", "null", "{", '{"kdf": "argon2id"}', "[" * 100_000])
def test_unreadable_parameters_are_damage(params):
    with pytest.raises(VaultDamaged):
        SealedVault.unlock(changed_slot(with_passphrase(), params=params), passphrase())


def test_another_allowed_cost_does_not_open_the_slot():
    records = with_passphrase()
    params = json.dumps({"kdf": "argon2id", "memory_kib": FLOOR.memory_kib, "iterations": 3, "lanes": 1})
    with pytest.raises(VaultLocked):
        SealedVault.unlock(changed_slot(records, params=params), passphrase())


def test_the_default_cost_is_the_strong_one():
    params = Passphrase(Secret(b"correct horse battery")).params()
    assert json.loads(params) == {"kdf": "argon2id", "memory_kib": 65536, "iterations": 3, "lanes": 4}
    assert Cost() == Cost(64 * 1024, 3, 4)


@pytest.mark.parametrize("phrase", [b"", b"1234567", "пароль".encode()])
def test_a_short_passphrase_makes_no_slot(phrase):
    with pytest.raises(InvalidInput, match="at least 8 characters"):
        SealedVault.create(DATABASE, Passphrase(Secret(phrase), FLOOR), NOW)


@pytest.mark.parametrize("field", ["id", "salt", "wrapped_root", "params"])
def test_every_changed_field_of_a_slot_is_detected(field):
    _, records = new_vault()
    value = getattr(records.slots[0], field)
    for index in range(len(value)):
        other = "A" if value[index] != "A" else "B"
        with pytest.raises((VaultLocked, VaultDamaged)):
            SealedVault.unlock(
                changed_slot(records, **{field: value[:index] + other + value[index + 1 :]}), master_key()
            )
        with pytest.raises((VaultLocked, VaultDamaged)):
            SealedVault.unlock(changed_slot(records, **{field: value[:index]}), master_key())


def test_changed_parameters_of_a_key_slot_are_named_as_damage():
    _, records = new_vault()
    with pytest.raises(VaultDamaged) as damaged:
        SealedVault.unlock(changed_slot(records, params='{"kdf": "none"}'), master_key())
    assert damaged.value.why == "its parameters were changed"


def test_a_slot_copied_to_another_database_does_not_open():
    _, records = new_vault()
    with pytest.raises(VaultLocked):
        SealedVault.unlock(replace(records, database_id=DATABASE[:-1] + "2"), master_key())


@pytest.mark.parametrize("canary", ["", "x", "é"])
def test_a_changed_canary_is_detected(canary):
    _, records = new_vault()
    with pytest.raises(VaultDamaged, match="records are damaged"):
        SealedVault.unlock(replace(records, canary=canary), master_key())


@pytest.mark.parametrize("statuses", [("retired", "retired"), ("active", "active")])
def test_exactly_one_key_generation_is_active(statuses):
    vault, records = new_vault()
    _, keks = vault.rotate(NOW)
    keks = tuple(replace(kek, status=status) for kek, status in zip(keks, statuses, strict=True))
    with pytest.raises(VaultDamaged, match="records are damaged") as damaged:
        SealedVault.unlock(replace(records, keks=keks), master_key())
    assert "active keys instead of one" in damaged.value.why


def test_a_rotated_vault_opens_again_from_its_records_in_any_order():
    vault, records = new_vault()
    rotated, keks = vault.rotate(NOW)
    for order in (keks, keks[::-1]):
        assert SealedVault.unlock(replace(records, keks=order), master_key()).active_kid == rotated.active_kid


@pytest.mark.parametrize("kid", ["", "é", "AAAAAAAAAAAA", "short"])
def test_a_key_id_that_is_not_of_this_root_is_damage(kid):
    _, records = new_vault()
    for keks in (
        (),
        (replace(records.keks[0], kid=kid),),
        (*records.keks, replace(records.keks[0], kid=kid)),
    ):
        with pytest.raises(VaultDamaged):
            SealedVault.unlock(replace(records, keks=keks), master_key())


def test_key_ids_are_no_piece_and_no_hash_of_a_key():
    vault, records = new_vault()
    kid = from_text(records.keks[0].kid)
    keys = [vault._root.reveal(), vault._active.key.reveal(), master_key().key.reveal()]
    assert len(kid) == 9
    for key in keys:
        hashes = [hashlib.new(name, key).digest() for name in ("sha256", "sha1", "sha512", "md5")]
        assert not any(kid in found for found in (key, *hashes))


def test_macs_differ_by_purpose_data_and_vault():
    vault, _ = new_vault()
    other, _ = new_vault()
    macs = {
        vault.mac("audit", b"1"),
        vault.mac("audit", b"2"),
        vault.mac("token", b"1"),
        other.mac("audit", b"1"),
    }
    assert {len(mac) for mac in macs} == {32}
    assert len(macs) == 4


def test_nothing_that_prints_or_copies_a_vault_shows_a_secret(caplog):
    vault, records = SealedVault.create(DATABASE, Passphrase(Secret(CANARIES[1]), FLOOR), NOW)
    source = Passphrase(Secret(CANARIES[1]), FLOOR)
    held = [vault, records, source, master_key(), vault._active]
    logging.getLogger("daoflow").warning("%s %r %s", vault, source, held)
    shown = caplog.text + repr(held) + str(held) + f"{vault}{records}"
    secrets = [*CANARIES, vault._root.reveal(), vault._active.key.reveal(), master_key().key.reveal()]
    for secret in secrets:
        forms = [secret.hex(), repr(secret)[2:-1], base64.b64encode(secret).decode().rstrip("=")]
        assert not any(form in shown for form in forms)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(vault)
    with pytest.raises(TypeError):
        pickle.dumps(source)
