"""Queries on certificates and where they are used: public facts only."""

from __future__ import annotations

from dataclasses import asdict

from daoflow_core.model.certificates import Certificate, CertificateFacts, ChainLink
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows, sql
from daoflow_core.store.rows import Readable


def from_row(row: Row) -> Certificate:
    """The certificate that a row stands for."""
    facts = rows.from_json(row["facts"])
    lists = {name: tuple(facts[name]) for name in ("domains", "weaknesses")}
    chain = tuple(ChainLink(**link) for link in facts["chain"])
    return Certificate(
        id=row["id"],
        name=row["name"],
        facts=CertificateFacts(**{**facts, **lists, "chain": chain}),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        rotated_at=row["rotated_at"],
        version=row["version"],
    )


def _to_row(one: Certificate) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.name,
        "fingerprint": one.facts.fingerprint,
        "facts": rows.to_json(asdict(one.facts)),
        "version": one.version,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "rotated_at": one.rotated_at,
    }


async def insert(transaction: Transaction, one: Certificate) -> None:
    """Add a certificate. Raises Conflict when its name or its fingerprint is in the inventory."""
    await rows.insert(transaction, "certificates", _to_row(one))


async def update(transaction: Transaction, one: Certificate) -> bool:
    """Write a certificate's new values; False when it is gone."""
    return bool(await rows.update(transaction, "certificates", "id", _to_row(one)))


async def delete(transaction: Transaction, certificate_id: str) -> bool:
    """Remove a certificate and the record of its use; False when it was gone."""
    await transaction.run("delete from certificate_uses where certificate_id = ?", (certificate_id,))
    return bool(await transaction.run("delete from certificates where id = ?", (certificate_id,)))


async def list_all(source: Readable) -> list[Certificate]:
    """Every certificate, by name."""
    return [from_row(row) for row in await source.rows(sql.CERTIFICATES)]


async def by_id_or_name(source: Readable, reference: str) -> Certificate | None:
    """The certificate with this id, else the one with exactly this name."""
    row = await rows.one(source, "select * from certificates where id = ?", (reference,))
    row = row or await rows.one(source, "select * from certificates where name = ?", (reference,))
    return from_row(row) if row else None


async def attach(transaction: Transaction, certificate_id: str, server_id: str, at: str, by: str) -> bool:
    """Record that a server uses a certificate; False when that stood already."""
    values = (certificate_id, server_id, at, by)
    return bool(
        await transaction.run(
            "insert into certificate_uses (certificate_id, server_id, attached_at, attached_by) "
            "values (?, ?, ?, ?) on conflict (certificate_id, server_id) do nothing",
            values,
        )
    )


async def detach(transaction: Transaction, certificate_id: str, server_id: str) -> bool:
    """Forget that a server uses a certificate; False when it did not."""
    return bool(
        await transaction.run(
            "delete from certificate_uses where certificate_id = ? and server_id = ?",
            (certificate_id, server_id),
        )
    )


async def uses(source: Readable) -> list[tuple[str, str, str]]:
    """Every use by a live server: certificate id, server id, server name."""
    found = await source.rows(
        "select u.certificate_id, s.id, s.name from certificate_uses u join servers s on s.id = u.server_id "
        "where s.removed_at is null order by s.name"
    )
    return [(row["certificate_id"], row["id"], row["name"]) for row in found]
