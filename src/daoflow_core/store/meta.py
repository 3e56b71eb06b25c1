"""Facts about the database itself."""

from __future__ import annotations

from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.migrate import SCHEMA, expected_schema
from daoflow_core.store.rows import Readable


async def get(source: Readable, key: str) -> str | None:
    """One fact by its name, or None."""
    row = await rows.one(source, "select value from meta where key = ?", (key,))
    return row["value"] if row else None


async def put(transaction: Transaction, key: str, value: str) -> None:
    """Keep a fact; the database's own identity can't be changed."""
    await transaction.run(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        (key, value),
    )


async def database_id(source: Readable) -> str:
    """The random identity that this database got when it was made."""
    return await get(source, "db_uuid") or ""


async def faults_of_integrity(source: Readable, limit: int = 20) -> list[str]:
    """What SQLite's whole check finds wrong, nothing for a sound database; reads every page."""
    found = await source.rows(f"pragma integrity_check({limit:d})")
    broken = [row["integrity_check"] for row in found if row["integrity_check"] != "ok"]
    orphans = await source.rows("pragma foreign_key_check")
    return [*broken, *(_orphan(row) for row in orphans[:limit])]


async def faults_of_schema(source: Readable) -> list[str]:
    """Tables, indexes and guards that are missing, changed or not ours."""
    actual = {row["name"]: row["sql"] for row in await source.rows(SCHEMA)}
    expected = expected_schema()
    return sorted(
        f"{name} is {'missing' if name not in actual else 'not ours' if name not in expected else 'changed'}"
        for name in actual.keys() | expected.keys()
        if actual.get(name) != expected.get(name)
    )


def _orphan(row: Row) -> str:
    return f"a row of {row['table']} refers to a {row['parent']} row that is not there"
