"""Which key opens the vault: the one the operator names, else what the vault was set up with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from daoflow_core.errors import ConfigInvalid, InvalidInput, VaultLocked
from daoflow_core.model.vault import VaultRecords
from daoflow_core.plain_files import read_plain_file
from daoflow_core.secret import Secret
from daoflow_core.vault.derive import read_master_key
from daoflow_core.vault.keyfile import make_key_file, read_key_file
from daoflow_core.vault.keyring import read_keyring
from daoflow_core.vault.passphrase import Passphrase, read_passphrase_file
from daoflow_core.vault.slots import ENVIRONMENT, KEYFILE, KEYRING, PASSPHRASE, MasterKey, Source
from daoflow_core.vault.vault import SealedVault

MASTER_KEY_VARIABLE = "DAOFLOW_MASTER_KEY"
KEY_FILE_VARIABLE = "DAOFLOW_KEY_FILE"
PASSPHRASE_FILE_VARIABLE = "DAOFLOW_PASSPHRASE_FILE"  # noqa: S105 - the name of a variable


@dataclass(frozen=True, slots=True)
class VaultSources:
    """The ways to a key that the operator gave; `ask` is called only when a passphrase is needed."""

    key_file: Path | None = None
    master_key: MasterKey | None = None
    passphrase: Secret | None = None
    ask: Callable[[], Secret] | None = None

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str],
        *,
        key_file: Path | None = None,
        passphrase: Secret | None = None,
        ask: Callable[[], Secret] | None = None,
    ) -> VaultSources:
        """What flags and environment name; the master key leaves the environment, so no child inherits it."""
        named = environ.get(KEY_FILE_VARIABLE, "")
        master_key = _take_master_key(environ)
        phrase_file = environ.get(PASSPHRASE_FILE_VARIABLE, "")
        if passphrase is None and phrase_file:
            passphrase = read_passphrase_file(Path(phrase_file))
        return cls(key_file or (Path(named) if named else None), master_key, passphrase, ask)

    def named(self) -> Source | None:
        """The one source named explicitly. Raises ConfigInvalid for two."""
        given = [
            words
            for words, one in (
                ("a key file", self.key_file),
                (MASTER_KEY_VARIABLE, self.master_key),
                ("a passphrase", self.passphrase),
            )
            if one is not None
        ]
        if len(given) > 1:
            raise ConfigInvalid(
                f"The vault's key is given twice: {' and '.join(given)}.",
                why="Only one can be meant.",
                next_step="Give one of them",
                field="vault",
            )
        if self.key_file is not None:
            return read_key_file(self.key_file)
        return self.master_key or (Passphrase(self.passphrase) if self.passphrase is not None else None)


def create_vault(
    sources: VaultSources, default_file: Path, database_id: str, now: str
) -> tuple[SealedVault, VaultRecords]:
    """A first vault, by the source that was named, else by a key file made beside the database."""
    if sources.key_file is not None and sources.master_key is None and sources.passphrase is None:
        return SealedVault.create(database_id, make_key_file(sources.key_file), now)
    return SealedVault.create(database_id, sources.named() or make_key_file(default_file), now)


def unlock_vault(sources: VaultSources, default_file: Path, records: VaultRecords) -> SealedVault:
    """The vault of these records, by the named source, else by the first way at hand."""
    named = sources.named()
    if named is not None:
        return SealedVault.unlock(records, named)
    kinds = {slot.kind for slot in records.slots if slot.status == "active"}
    failures: list[VaultLocked] = []
    for open_way in _ways(sources, default_file, records.database_id, kinds):
        try:
            return SealedVault.unlock(records, open_way())
        except VaultLocked as failure:
            failures.append(failure)
    raise failures[-1] if failures else _nothing_at_hand(kinds)


def shows_passphrase(records: VaultRecords, sources: VaultSources | None) -> bool:
    """Whether the operator gives a passphrase, asked for it if there is somebody to ask, that opens these slots."""
    if sources is None:
        return False
    phrase = sources.passphrase if sources.passphrase is not None or sources.ask is None else sources.ask()
    if phrase is None:
        return False
    try:
        SealedVault.unlock(records, Passphrase(phrase))
    except VaultLocked:
        return False
    return True


def _ways(
    sources: VaultSources, default_file: Path, database_id: str, kinds: set[str]
) -> list[Callable[[], Source]]:
    """What to try without being told, cheapest first; a person is asked last."""
    ways: list[Callable[[], Source]] = []
    ask = sources.ask
    if KEYFILE in kinds:
        ways.append(lambda: read_key_file(default_file))
    if KEYRING in kinds:
        ways.append(lambda: read_keyring(database_id))
    if PASSPHRASE in kinds and ask is not None:
        ways.append(lambda: Passphrase(ask()))
    return ways


def _nothing_at_hand(kinds: set[str]) -> VaultLocked:
    ways = {
        ENVIRONMENT: f"set {MASTER_KEY_VARIABLE}",
        PASSPHRASE: f"start in a terminal to type the passphrase, or name its file in {PASSPHRASE_FILE_VARIABLE}",
    }
    steps = [words for kind, words in ways.items() if kind in kinds]
    return VaultLocked(
        "The vault is locked.",
        why="No key was given, and it was not set up with one that could be found.",
        next_step=f"To open it, {' or '.join(steps)}."
        if steps
        else "Restore the database from a backup: the vault has no way in.",
    )


def master_key_of(file: Path) -> MasterKey:
    """The key in a file, as the environment will hold it. Raises InvalidInput, never showing the value."""
    data = read_plain_file(str(file), 256, what="master key file", field="master-key-file")
    try:
        return MasterKey(ENVIRONMENT, read_master_key(data.strip()))
    except ValueError as error:
        words = f"The file {file} holds no master key."
        raise InvalidInput(
            words, why=str(error), next_step="Make another one.", field="master-key-file"
        ) from None


def _take_master_key(environ: Mapping[str, str]) -> MasterKey | None:
    """Read the variable and remove it. Raises ConfigInvalid, never showing the value."""
    text = environ.get(MASTER_KEY_VARIABLE)
    for place in (environ, os.environ):
        if isinstance(place, MutableMapping):
            place.pop(MASTER_KEY_VARIABLE, None)
    if text is None:
        return None
    try:
        return MasterKey(ENVIRONMENT, read_master_key(text.encode("utf-8", "surrogateescape")))
    except ValueError as error:
        raise ConfigInvalid(
            f"{MASTER_KEY_VARIABLE} is not a master key",
            why=str(error),
            next_step="Make one: head -c 32 /dev/urandom | basenc --base64url | tr -d =",
            field=MASTER_KEY_VARIABLE,
        ) from None
