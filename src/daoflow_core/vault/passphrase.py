"""A passphrase as a way into the vault: stretched by Argon2id, at a cost nobody can quietly lower."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from daoflow_core.errors import InvalidInput
from daoflow_core.plain_files import read_plain_file
from daoflow_core.secret import Secret
from daoflow_core.vault.derive import KEY_BYTES
from daoflow_core.vault.slots import PASSPHRASE

MIN_PASSPHRASE = 8  # characters; Argon2id makes each guess dear, it can't make "1234" good
MAX_FILE = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess at a passphrase costs: KiB of memory, passes over it, lanes."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4


DEFAULT = Cost()
FLOOR = Cost(19 * 1024, 2, 1)  # below it a stolen database is too cheap to guess at
CAP = Cost(1024 * 1024, 16, 16)  # above it a changed record would only exhaust this machine


class Passphrase:
    """A source that stretches what a person remembers, by Argon2id."""

    kind = PASSPHRASE

    def __init__(self, phrase: Secret, cost: Cost | None = None) -> None:
        self._phrase = phrase
        self._cost = cost or DEFAULT

    def params(self) -> str:
        """The cost for a new slot. Raises InvalidInput for a phrase too short to protect anything."""
        if len(self._phrase.reveal().decode("utf-8", "replace")) < MIN_PASSPHRASE:
            raise InvalidInput(
                f"The vault's passphrase needs at least {MIN_PASSPHRASE} characters.",
                next_step="Take four or more unrelated words.",
                field="passphrase",
            )
        return json.dumps({"kdf": "argon2id", **asdict(self._cost)})

    def slot_key(self, params: str, salt: bytes) -> Secret:
        """The stretched key; takes most of a second on purpose."""
        cost = _read_cost(params)
        argon = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=cost.iterations,
            lanes=cost.lanes,
            memory_cost=cost.memory_kib,
        )
        return Secret(argon.derive(self._phrase.reveal()))


def read_passphrase_file(path: Path) -> Secret:
    """The first line of a file, without its line end. Raises InvalidInput."""
    data = read_plain_file(str(path), MAX_FILE, what="passphrase file", field="passphrase")
    return Secret(data.split(b"\n", 1)[0].removesuffix(b"\r"))


def _read_cost(params: str) -> Cost:
    """The stored cost. Raises ValueError when it is weaker than the floor or would exhaust the machine."""
    try:
        stored = json.loads(params)
        cost = Cost(stored["memory_kib"], stored["iterations"], stored["lanes"])
        known = stored["kdf"] == "argon2id"
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("its parameters can't be read") from None
    for name in ("memory_kib", "iterations", "lanes"):
        value, low, high = getattr(cost, name), getattr(FLOOR, name), getattr(CAP, name)
        if not known or type(value) is not int or not low <= value <= high:
            raise ValueError(f"its parameter {name} is outside {low} to {high}, so it was changed")
    return cost
