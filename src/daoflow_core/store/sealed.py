"""Queries on sealed values: bytes that only the vault can read."""

from __future__ import annotations

from daoflow_core.model.vault import Place
from daoflow_core.ports import Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable


async def put(transaction: Transaction, place: Place, blob: bytes) -> None:
    """Keep a sealed value at its place; an older version of the same field is overwritten."""
    await transaction.run(
        "insert into sealed (owner_table, owner_id, field, version, blob) values (?, ?, ?, ?, ?) "
        "on conflict (owner_table, owner_id, field) "
        "do update set version = excluded.version, blob = excluded.blob",
        (place.table, place.row, place.field, place.version, blob),
    )


async def get(source: Readable, place: Place) -> bytes | None:
    """The sealed value of exactly this place and version, or None."""
    row = await rows.one(
        source,
        "select blob from sealed where owner_table = ? and owner_id = ? and field = ? and version = ?",
        (place.table, place.row, place.field, place.version),
    )
    return bytes(row["blob"]) if row else None


async def places(source: Readable, table: str, field: str) -> set[Place]:
    """Where a field of a table's rows lies sealed."""
    found = await source.rows(
        "select owner_id, version from sealed where owner_table = ? and field = ?", (table, field)
    )
    return {Place(table, row["owner_id"], field, row["version"]) for row in found}


async def delete(transaction: Transaction, place: Place) -> bool:
    """Forget a sealed value; False when there was none."""
    touched = await transaction.run(
        "delete from sealed where owner_table = ? and owner_id = ? and field = ?",
        (place.table, place.row, place.field),
    )
    return bool(touched)


async def page(source: Readable, after: Place | None, limit: int) -> list[tuple[Place, bytes]]:
    """Sealed values in the order of their places, for a rotation that can be resumed."""
    start = (after.table, after.row, after.field) if after else ("", "", "")
    found = await source.rows(
        "select owner_table, owner_id, field, version, blob from sealed "
        "where (owner_table, owner_id, field) > (?, ?, ?) order by owner_table, owner_id, field limit ?",
        (*start, limit),
    )
    return [
        (Place(row["owner_table"], row["owner_id"], row["field"], row["version"]), bytes(row["blob"]))
        for row in found
    ]


async def swap(transaction: Transaction, place: Place, old: bytes, new: bytes) -> bool:
    """Put a blob in the place of exactly this one; False when somebody changed it meanwhile."""
    touched = await transaction.run(
        "update sealed set blob = ? where owner_table = ? and owner_id = ? and field = ? and version = ? "
        "and blob = ?",
        (new, place.table, place.row, place.field, place.version, old),
    )
    return bool(touched)


async def count_by_kid(source: Readable) -> dict[bytes, int]:
    """How many values each key generation seals, by the bytes of its id as every blob bears them."""
    found = await source.rows("select substr(blob, 5, 9) as kid, count(*) as n from sealed group by 1")
    return {bytes(row["kid"]): int(row["n"]) for row in found}
