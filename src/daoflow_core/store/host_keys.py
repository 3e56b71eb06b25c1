"""Queries on host keys: what servers showed and what was approved."""

from __future__ import annotations

from daoflow_core.model.identity import HostKey, HostKeyStatus
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable


def from_row(row: Row) -> HostKey:
    """The host key that a row stands for."""
    return HostKey(
        id=row["id"],
        server_id=row["server_id"],
        algorithm=row["algorithm"],
        public_key=row["public_key"],
        fingerprint=row["fingerprint"],
        status=HostKeyStatus(row["status"]),
        observed_at=row["observed_at"],
        last_observed_at=row["last_observed_at"],
        approved_at=row["approved_at"],
        approved_by=row["approved_by"],
        superseded_at=row["superseded_at"],
    )


async def list_for(source: Readable, server_id: str) -> list[HostKey]:
    """Every host key a server ever showed: the approved one first, then the newest."""
    found = await source.rows(
        "select * from host_keys where server_id = ? "
        "order by case status when 'approved' then 0 else 1 end, last_observed_at desc, algorithm, id",
        (server_id,),
    )
    return [from_row(row) for row in found]


async def approved(source: Readable, server_id: str) -> HostKey | None:
    """The one key a server is trusted by, or None."""
    row = await rows.one(
        source, "select * from host_keys where server_id = ? and status = 'approved'", (server_id,)
    )
    return from_row(row) if row else None


async def observe(transaction: Transaction, key: HostKey) -> None:
    """Record that a server shows a key: a new row, or a newer `last_observed_at`; its standing stays."""
    await transaction.run(
        "insert into host_keys (id, server_id, algorithm, public_key, fingerprint, status, observed_at, "
        "last_observed_at) values (?, ?, ?, ?, ?, 'observed', ?, ?) "
        "on conflict (server_id, algorithm, fingerprint) "
        "do update set last_observed_at = excluded.last_observed_at",
        (
            key.id,
            key.server_id,
            key.algorithm,
            key.public_key,
            key.fingerprint,
            key.observed_at,
            key.last_observed_at,
        ),
    )


async def approve(transaction: Transaction, key: HostKey) -> bool:
    """Trust a recorded key, matched by id, algorithm, key and fingerprint; False when no row is that one.

    Raises Conflict while the server has another approved key: supersede that first.
    """
    touched = await transaction.run(
        "update host_keys set status = 'approved', approved_at = ?, approved_by = ?, superseded_at = null "
        "where id = ? and server_id = ? and algorithm = ? and public_key = ? and fingerprint = ?",
        (
            key.approved_at,
            key.approved_by,
            key.id,
            key.server_id,
            key.algorithm,
            key.public_key,
            key.fingerprint,
        ),
    )
    return bool(touched)


async def supersede_approved(transaction: Transaction, server_id: str, now: str) -> bool:
    """Withdraw trust from a server's approved key; False when it had none."""
    touched = await transaction.run(
        "update host_keys set status = 'superseded', superseded_at = ? "
        "where server_id = ? and status = 'approved'",
        (now, server_id),
    )
    return bool(touched)
