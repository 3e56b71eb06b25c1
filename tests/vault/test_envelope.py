"""A sealed value opens in its own place, under its own vault, to the bit; anything else is detected."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.vault.parts import PLACE, new_vault

from daoflow_core.errors import VaultDamaged
from daoflow_core.model.vault import Place
from daoflow_core.secret import Secret
from daoflow_core.vault.derive import FORMAT, from_text, pack, to_text
from daoflow_core.vault.envelope import decrypt, encrypt, kid_of

VAULT, _ = new_vault()
OVERHEAD = 4 + 9 + 12 + 48 + 12 + 16
names = st.text(max_size=12)
places = st.builds(Place, names, names, names, st.integers(0, 2**63))


def opens(place: Place, blob: bytes, vault=VAULT) -> bool:
    try:
        vault.open(place, blob)
    except VaultDamaged:
        return False
    return True


def twenty_blobs() -> list[tuple[Place, bytes]]:
    rng = random.Random(5)
    sizes = [0, 1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 128, 200, 255, 300]
    spots = [Place("ssh_keys", f"key_{number}", "private_key", number) for number in range(20)]
    return [
        (spot, VAULT.seal(spot, Secret(rng.randbytes(size)))) for spot, size in zip(spots, sizes, strict=True)
    ]


@given(places, st.binary(max_size=4096))
@settings(max_examples=1000, deadline=None)
def test_what_is_sealed_opens_again(place, value):
    blob = VAULT.seal(place, Secret(value))
    assert VAULT.open(place, blob).reveal() == value
    assert len(blob) == len(value) + OVERHEAD


def test_many_values_of_every_size_open_again():
    rng = random.Random(6)
    for number in range(9_000):
        value = rng.randbytes(rng.choice((0, 1, rng.randint(0, 400), 3000 if number % 100 else 65_536)))
        place = Place("t", str(number), "f", number)
        assert VAULT.open(place, VAULT.seal(place, Secret(value))).reveal() == value


def test_every_flipped_bit_is_detected():
    flips = 0
    for place, blob in twenty_blobs():
        for bit in range(len(blob) * 8):
            changed = bytearray(blob)
            changed[bit // 8] ^= 1 << bit % 8
            assert not opens(place, bytes(changed)), (place, bit)
            flips += 1
    assert flips >= 5_000


def test_every_truncation_and_extension_is_detected():
    for place, blob in twenty_blobs():
        assert not any(opens(place, blob[:length]) for length in range(len(blob)))
        assert not any(opens(place, blob[start:]) for start in range(1, len(blob) + 1))
        assert not opens(place, blob + b"\0")
        assert not opens(place, blob + blob)


def test_no_blob_opens_in_the_place_of_another():
    blobs = twenty_blobs()
    for (place, _), (_, blob) in itertools.permutations(blobs, 2):
        assert not opens(place, blob)


@pytest.mark.parametrize(
    "change",
    [
        {"table": "tokens"},
        {"row": "key_02"},
        {"field": "passphrase"},
        {"version": 2},
        {"row": "key_0", "field": "1private_key"},
    ],
)
def test_table_row_field_and_version_bind(change):
    blob = VAULT.seal(PLACE, Secret(b"value"))
    assert opens(PLACE, blob)
    assert not opens(replace(PLACE, **change), blob)


def test_halves_of_two_blobs_of_one_place_do_not_combine():
    first, second = (VAULT.seal(PLACE, Secret(b"value %d" % number)) for number in (1, 2))
    for cut in (25, 73, 85):
        assert not opens(PLACE, first[:cut] + second[cut:]), cut


def test_another_vault_does_not_open_it_even_under_the_same_key_id():
    other, _ = new_vault(2)
    blob = VAULT.seal(PLACE, Secret(b"value"))
    assert not opens(PLACE, blob, other)
    foreign = other.seal(PLACE, Secret(b"value"))
    assert not opens(PLACE, blob[:4] + foreign[4:13] + blob[13:], other)


def test_the_same_value_never_seals_to_the_same_bytes():
    blobs = [VAULT.seal(PLACE, Secret(b"value")) for _ in range(200)]
    for start, end in ((13, 25), (25, 73), (73, 85), (85, None)):
        assert len({blob[start:end] for blob in blobs}) == 200


def test_an_error_names_the_place_and_holds_neither_value_nor_blob():
    blob = VAULT.seal(PLACE, Secret(b"canary-value"))
    with pytest.raises(VaultDamaged) as damaged:
        VAULT.open(replace(PLACE, row="key_02"), blob)
    document = repr(damaged.value.document())
    assert "private_key of ssh_keys key_02" in document
    assert "canary" not in document
    assert blob.hex() not in document


def test_rewrapping_moves_a_value_to_the_new_key_and_keeps_its_ciphertext():
    vault, _ = new_vault()
    old = vault.seal(PLACE, Secret(b"value"))
    rotated, keks = vault.rotate("2026-04-01T00:00:00.000Z")
    assert [kek.status for kek in keks] == ["retired", "active"]
    assert rotated.active_kid != vault.active_kid == kid_of(old)
    assert rotated.open(PLACE, old).reveal() == b"value"
    new = rotated.rewrap(PLACE, old)
    assert kid_of(new) == rotated.active_kid
    assert new[73:] == old[73:]
    assert new[13:73] != old[13:73]
    assert rotated.open(PLACE, new).reveal() == b"value"
    assert opens(PLACE, new, vault), "a process that runs while another one rotates goes on"
    assert opens(PLACE, vault.rewrap(PLACE, new), rotated)


def test_rewrapping_refuses_a_value_of_another_place():
    with pytest.raises(VaultDamaged):
        VAULT.rewrap(replace(PLACE, version=9), VAULT.seal(PLACE, Secret(b"value")))


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_different_parts_never_pack_to_the_same_message(first, second):
    assert (pack(*first) == pack(*second)) == (first == second)


def test_a_ciphertext_is_bound_to_its_place_even_when_its_key_was_wrapped_for_another():
    other = replace(PLACE, row="key_02")
    blob = VAULT.seal(PLACE, Secret(b"value"))
    dek = decrypt(VAULT._active.key, blob[13:73], wrap_bound(PLACE))
    assert dek is not None
    moved = blob[:13] + encrypt(VAULT._active.key, dek, wrap_bound(other)) + blob[73:]
    assert not opens(other, moved)


def wrap_bound(place: Place) -> bytes:
    return pack(FORMAT, "wrap", place.table, place.row, place.field, place.version, VAULT.active_kid)


@given(st.binary(max_size=40))
def test_record_text_has_one_form(data):
    assert from_text(to_text(data)) == data


@pytest.mark.parametrize("text", ["AB", "AAB", "AA==", "A", "AA A", "AA\n", "++", "é", "AA=A"])
def test_any_other_form_of_record_text_is_refused(text):
    with pytest.raises(ValueError, match="base64url"):
        from_text(text)
