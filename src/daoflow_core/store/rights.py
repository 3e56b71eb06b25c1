"""Queries on tokens and grants."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.model.access import Grant, Term, Token
from daoflow_core.ports import Row, Transaction
from daoflow_core.store import rows
from daoflow_core.store.rows import Readable
from daoflow_core.uptime import Uptime


def token_of(row: Row) -> Token:
    """The token that a row stands for."""
    servers = row["servers"]
    return Token(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=frozenset(rows.from_json(row["scopes"])),
        servers=None if servers is None else frozenset(rows.from_json(servers)),
        term=_term(row),
        created_by=row["created_by"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
        revoked_by=row["revoked_by"],
    )


def grant_of(row: Row) -> Grant:
    """The grant that a row stands for."""
    names = ("id", "scope", "server_id", "granted_to", "reason", "revoked_at", "revoked_by")
    return Grant(**{name: row[name] for name in names}, term=_term(row), records=bool(row["records"]))


async def add_token(transaction: Transaction, token: Token, mac: str) -> None:
    """Add a token. Raises Conflict when one has, or had, its name."""
    servers = None if token.servers is None else rows.to_json(sorted(token.servers))
    values = {
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "mac": mac,
        "scopes": rows.to_json(sorted(token.scopes)),
        "servers": servers,
        "created_by": token.created_by,
        **_columns(token.term),
    }
    await rows.insert(transaction, "tokens", values)


async def tokens(source: Readable) -> list[Token]:
    """Every token, oldest first, revoked ones too."""
    return [token_of(row) for row in await source.rows("select * from tokens order by id")]


async def tokens_with_prefix(source: Readable, prefix: str) -> list[tuple[Token, str]]:
    """The tokens that begin so, each with its stored fingerprint."""
    found = await source.rows("select * from tokens where prefix = ?", (prefix,))
    return [(token_of(row), row["mac"]) for row in found]


async def token(source: Readable, token_id: str) -> tuple[Token, str] | None:
    """A token by its id, with its stored fingerprint."""
    row = await rows.one(source, "select * from tokens where id = ?", (token_id,))
    return (token_of(row), row["mac"]) if row else None


async def mark_used(transaction: Transaction, token_id: str, now: str) -> None:
    """Remember that a token was used."""
    await transaction.run(
        "update tokens set last_used_at = ? where id = ? and revoked_at is null", (now, token_id)
    )


async def revoke_token(transaction: Transaction, token_id: str, now: str, by: str) -> bool:
    """End a token for good; False when it was revoked before."""
    return await _revoke(transaction, "tokens", token_id, now, by)


async def add_grant(transaction: Transaction, grant: Grant, mac: str) -> None:
    """Add a grant."""
    values = {
        "id": grant.id,
        "scope": grant.scope,
        "server_id": grant.server_id,
        "granted_to": grant.granted_to,
        "reason": grant.reason,
        "mac": mac,
        "records": int(grant.records),
        **_columns(grant.term),
    }
    await rows.insert(transaction, "grants", values)


async def grants(source: Readable) -> list[Grant]:
    """Every grant, oldest first, also those that ended."""
    return [grant_of(row) for row in await source.rows("select * from grants order by id")]


async def grants_on(source: Readable, server_id: str, granted_to: str) -> list[tuple[Grant, str]]:
    """What was granted to somebody on a server and not revoked, newest first, with the stored fingerprints."""
    found = await source.rows(
        "select * from grants where server_id = ? and granted_to = ? and revoked_at is null order by id desc",
        (server_id, granted_to),
    )
    return [(grant_of(row), row["mac"]) for row in found]


async def revoke_grant(transaction: Transaction, grant_id: str, now: str, by: str) -> bool:
    """End a grant for good; False when it was revoked before."""
    return await _revoke(transaction, "grants", grant_id, now, by)


async def newest_sequence(source: Readable) -> int:
    """The number of the newest audit row, 0 before the first."""
    return int((await source.rows("select coalesce(max(sequence), 0) as n from audit"))[0]["n"])


async def latest_stamp(source: Readable, after: int) -> str | None:
    """The latest time that any audit row after this one bears: time had come so far, whatever a clock says now."""
    found = await source.rows("select max(at) as at from audit where sequence > ?", (after,))
    latest: str | None = found[0]["at"]
    return latest


async def _revoke(transaction: Transaction, table: str, identifier: str, now: str, by: str) -> bool:
    values: Sequence[object] = (now, by, identifier)
    return bool(
        await transaction.run(
            f"update {table} set revoked_at = ?, revoked_by = ? where id = ? and revoked_at is null", values
        )
    )


def _term(row: Row) -> Term:
    return Term(
        row["created_at"],
        row["expires_at"],
        row["seconds"],
        Uptime(row["boot"], row["uptime"]),
        row["since_sequence"],
    )


def _columns(term: Term) -> dict[str, object]:
    return {
        "created_at": term.created_at,
        "expires_at": term.expires_at,
        "seconds": term.seconds,
        "boot": term.uptime.boot,
        "uptime": term.uptime.seconds,
        "since_sequence": term.since_sequence,
    }
