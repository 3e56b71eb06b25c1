"""Queries on managed SSH keys: public facts only."""

from __future__ import annotations

from dataclasses import asdict

from daoflow_core.model.assets import SshKey
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable


def from_row(row: Row) -> SshKey:
    """The key that a row stands for."""
    return SshKey(
        id=row["id"],
        name=row["name"],
        username=row["username"],
        fingerprint=row["fingerprint"],
        key_type=row["key_type"],
        bits=row["bits"],
        public_key=row["public_key"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        rotated_at=row["rotated_at"],
        last_used_at=row["last_used_at"],
        version=row["version"],
    )


async def insert(transaction: Transaction, key: SshKey) -> None:
    """Add a key. Raises Conflict when its name or its fingerprint is in the inventory."""
    await rows.insert(transaction, "ssh_keys", asdict(key))


async def update(transaction: Transaction, key: SshKey) -> bool:
    """Write a key's new values (a rotation changes fingerprint and version); False when it is gone."""
    return bool(await rows.update(transaction, "ssh_keys", "id", asdict(key)))


async def mark_used(transaction: Transaction, key_id: str, now: str) -> None:
    """Remember a login that worked."""
    await transaction.run("update ssh_keys set last_used_at = ? where id = ?", (now, key_id))


async def delete(transaction: Transaction, key_id: str) -> bool:
    """Remove a key no server refers to. Raises Conflict while one does, also a removed one."""
    return bool(await transaction.run("delete from ssh_keys where id = ?", (key_id,)))


async def forget_removed(transaction: Transaction, key_id: str) -> None:
    """Unlink removed servers from a key, so that it can be deleted; what their history says stays."""
    await transaction.run(
        "update servers set ssh_key_id = null where ssh_key_id = ? and removed_at is not null", (key_id,)
    )


async def list_all(source: Readable) -> list[SshKey]:
    """Every key, by name."""
    return [from_row(row) for row in await source.rows("select * from ssh_keys order by name")]


async def by_id_or_name(source: Readable, reference: str) -> SshKey | None:
    """The key with this id, else the one with exactly this name."""
    row = await rows.one(source, "select * from ssh_keys where id = ?", (reference,))
    row = row or await rows.one(source, "select * from ssh_keys where name = ?", (reference,))
    return from_row(row) if row else None


async def by_fingerprint(source: Readable, fingerprint: str) -> SshKey | None:
    """The key with this fingerprint: the same private key is never kept twice."""
    row = await rows.one(source, "select * from ssh_keys where fingerprint = ?", (fingerprint,))
    return from_row(row) if row else None
