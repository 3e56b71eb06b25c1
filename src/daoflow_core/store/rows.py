"""What every query module needs between rows and values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from daoflow_core.ports import Database, Row, Transaction

Readable = Database | Transaction
"""Anything rows can be read from: committed ones, or those of a transaction."""


async def one(source: Readable, sql: str, parameters: Sequence[object] = ()) -> Row | None:
    """The first row of a query, or None."""
    found = await source.rows(sql, parameters)
    return found[0] if found else None


async def insert(transaction: Transaction, table: str, values: Mapping[str, object]) -> None:
    """Add one row; names are constants of the calling module, values are bound."""
    marks = ", ".join("?" * len(values))
    await transaction.run(f"insert into {table} ({', '.join(values)}) values ({marks})", [*values.values()])


async def update(transaction: Transaction, table: str, key: str, values: Mapping[str, object]) -> int:
    """Change the row whose `key` column has the value given for it; returns how many rows that were."""
    changes = {name: value for name, value in values.items() if name != key}
    setting = ", ".join(f"{name} = ?" for name in changes)
    return await transaction.run(
        f"update {table} set {setting} where {key} = ?", [*changes.values(), values[key]]
    )


def to_json(value: object) -> str:
    """A value as it is kept: sorted, no spaces, pure ASCII, so that equal values are equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Any:  # noqa: ANN401 - JSON is whatever it is
    """The value behind `to_json`."""
    return json.loads(text)


def flag(value: int | None) -> bool | None:
    """A stored 0 or 1 as a truth value; None stays *not known*."""
    return None if value is None else bool(value)
