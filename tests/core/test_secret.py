"""A secret does not leave through any of the ways Python prints, copies or stores a value."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from dataclasses import asdict, dataclass

import pytest

from daoflow_core.secret import Secret

CANARY = b"canary-6f1d0c"


@dataclass(frozen=True)
class Holder:
    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r:>40}",
        lambda secret: f"{secret:>20}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031
        lambda secret: repr(Holder(secret)),
        lambda secret: repr([secret, {"key": secret}]),
        lambda secret: json.dumps({"key": secret}, default=str),
        lambda secret: repr(ValueError(secret)),
    ],
)
def test_every_way_of_printing_shows_the_mask(shown):
    text = shown(Secret(CANARY))
    assert "<secret>" in text
    assert "canary" not in text


def test_log_records_do_not_hold_the_value(caplog):
    logging.getLogger("daoflow").warning("got %s and %r", Secret(CANARY), Secret(CANARY))
    assert "canary" not in caplog.text
    assert caplog.text.count("<secret>") == 2


@pytest.mark.parametrize(
    "leak", [copy.copy, copy.deepcopy, iter, list, bytes, lambda s: asdict(Holder(s)), vars, hash]
)
def test_copying_iterating_and_hashing_are_refused(leak):
    with pytest.raises(TypeError):
        leak(Secret(CANARY))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_protocol_takes_a_secret(protocol):
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Secret(CANARY), protocol)


def test_reveal_gives_the_bytes_and_equality_compares_them():
    assert Secret(CANARY).reveal() == CANARY
    assert Secret(CANARY) == Secret(bytearray(CANARY))
    assert Secret(CANARY) != Secret(CANARY + b"x")
    assert Secret(CANARY) != CANARY


def test_a_secret_keeps_its_own_copy_of_a_buffer():
    buffer = bytearray(CANARY)
    secret = Secret(buffer)
    buffer[:] = b"x" * len(buffer)
    assert secret.reveal() == CANARY
