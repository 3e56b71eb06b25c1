"""Queries on what the vault keeps in the store: key slots and key generations, no key in the clear."""

from __future__ import annotations

from collections.abc import Mapping

from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable


async def slots(source: Readable) -> list[Row]:
    """Every active key slot, oldest first: id, kind, params, salt, wrapped_root, created_at, status."""
    return await source.rows("select * from vault_slots where status = 'active' order by created_at, id")


async def add_slot(transaction: Transaction, slot: Mapping[str, object]) -> None:
    """Add a key slot with the columns of its table."""
    await rows.insert(transaction, "vault_slots", slot)


async def remove_slot(transaction: Transaction, slot_id: str) -> bool:
    """Remove a key slot; False when it is gone, or is the last one, which stays."""
    touched = await transaction.run(
        "delete from vault_slots where id = ? "
        "and exists (select 1 from vault_slots other where other.id <> ? and other.status = 'active')",
        (slot_id, slot_id),
    )
    return bool(touched)


async def keys(source: Readable) -> list[Row]:
    """Every key generation, oldest first: kid, status, created_at."""
    return await source.rows("select * from vault_keys order by created_at, kid")


async def add_key(transaction: Transaction, kid: str, created_at: str) -> None:
    """Add a key generation and make it the active one."""
    await transaction.run("update vault_keys set status = 'retired' where status = 'active'")
    await transaction.run(
        "insert into vault_keys (kid, status, created_at) values (?, 'active', ?)", (kid, created_at)
    )


async def remove_key(transaction: Transaction, kid: str) -> bool:
    """Forget a retired key generation that seals nothing any more; False when it is active or gone."""
    return bool(await transaction.run("delete from vault_keys where kid = ? and status = 'retired'", (kid,)))
