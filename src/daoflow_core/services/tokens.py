"""Tokens for scripts: made once, shown once, kept as a keyed fingerprint only, ended by time or by hand."""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, InvalidInput, NotFound, StoreUnusable, TokenInvalid
from daoflow_core.ids import new_id
from daoflow_core.model.access import Token
from daoflow_core.parse import fields
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.scopes import ALL_SCOPES, TERMINAL_OPEN
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access, Principal
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.rights import ASK, Rights, token_mac
from daoflow_core.services.terms import Terms
from daoflow_core.services.token_text import new_token, prefix_of
from daoflow_core.store import rights

DAY = 86_400
LONGEST = 365 * DAY
LONGEST_EXCEPTIONAL = DAY


@dataclass(frozen=True, slots=True)
class TokenWish:
    """What a new token is to be: `servers` are ids or names, none for all of them; `seconds` is how long it lasts."""

    name: str
    scopes: frozenset[str]
    servers: Sequence[str]
    seconds: int
    exceptional: bool = False


class TokenService:
    """The tokens' writer, and their reader for the owner."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        terms: Terms,
        rights: Rights,
    ) -> None:
        self._database = database
        self._vault = vault
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._terms = terms
        self._rights = rights

    async def list(self) -> list[tuple[Token, str | None]]:
        """Every token, oldest first, each with the sentence that says why it no longer stands."""
        await self._access.require("token.list", "tokens")
        found = []
        for token in await rights.tokens(self._database):
            trouble = await self._rights.trouble_of(token)
            found.append((token, None if trouble is None else f"{trouble.message} {trouble.why}"))
        return found

    async def plan(self, wish: TokenWish) -> Token:
        """The token that `create` would make, without a value; writes nothing. Raises InvalidInput or NotFound."""
        await self._access.require("token.create", "tokens")
        return await self._drafted(wish)

    async def create(self, wish: TokenWish) -> tuple[Token, Secret]:
        """Make a token; its value exists here only, this once. Raises InvalidInput, Conflict or NotFound."""
        scope = await self._access.require("token.create", "tokens")
        token, value = await self._drafted(wish), new_token()
        token = replace(token, prefix=prefix_of(value) or "")
        mac = token_mac(self._vault, value.reveal(), token)
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope=scope,
            action="token.create",
            target=f"token/{token.id}",
            detail={
                "name": token.name,
                "scopes": sorted(token.scopes),
                "servers": None if token.servers is None else sorted(token.servers),
                "expiresAt": token.term.expires_at,
            },
            work=lambda transaction: rights.add_token(transaction, token, mac),
        )
        return token, value

    async def revoke(self, reference: str) -> Token:
        """End a token, by id or by the name of a live one, for good. Raises NotFound or Conflict."""
        scope = await self._access.require("token.revoke", "tokens")
        token = await self._find(reference)
        now, by = stamp(self._terms.clock.now()), self._access.principal.name

        async def revoke(transaction: Transaction) -> None:
            if not await rights.revoke_token(transaction, token.id, now, by):
                raise Conflict(f"The token {token.name} was revoked already.", token=token.id)

        await self._recorder.record_change(
            actor=by,
            scope=scope,
            action="token.revoke",
            target=f"token/{token.id}",
            detail={"name": token.name},
            work=revoke,
        )
        return replace(token, revoked_at=now, revoked_by=by)

    async def _find(self, reference: str) -> Token:
        known = await rights.tokens(self._database)
        live = [one for one in known if one.revoked_at is None]
        for one in [*live, *reversed(known)]:
            if reference in (one.id, one.name):
                return one
        raise NotFound(f"There is no token {reference[:80]!a}.", next_step="`token list` shows them.")

    async def _drafted(self, wish: TokenWish) -> Token:
        servers = [(await self._inventory.find(one)).id for one in wish.servers]
        _refuse_too_much(wish, confined=bool(servers))
        name = fields.key_name(wish.name)
        if name in {one.name for one in await rights.tokens(self._database)}:
            raise Conflict(
                f"There is or was a token named {name}.",
                why="The records go by the name, so each is given once.",
                next_step="Take another name.",
            )
        return Token(
            id=new_id("tok"),
            name=name,
            prefix="",
            scopes=wish.scopes,
            servers=frozenset(servers) if servers else None,
            term=await self._terms.begin(self._database, wish.seconds),
            created_by=self._access.principal.name,
        )


async def admit(
    database: Database, vault: Vault, clock: Clock, value: Secret, *, read_only: bool
) -> Principal:
    """The principal that a token's value stands for.

    Raises TokenInvalid, TokenRevoked or TokenExpired (the last two with the name as `token`), and VaultLocked:
    without the vault's key nobody can tell whether a token is genuine.
    """
    token = await _genuine(database, vault, value)
    trouble = await Rights(database, vault, Terms(clock)).trouble_of(token)
    if trouble is not None:
        trouble.details["token"] = token.name
        raise trouble
    with contextlib.suppress(StoreUnusable):  # a full disk must not end reading
        now = stamp(clock.now())
        await database.write(lambda transaction: rights.mark_used(transaction, token.id, now))
    return Principal(f"token {token.name}", token.scopes, read_only, token.id, token.servers)


async def _genuine(database: Database, vault: Vault, value: Secret) -> Token:
    prefix = prefix_of(value)
    if prefix is None:
        why = "It does not have the form of a token, or a character of it was mistyped."
        raise TokenInvalid("The token can't be used.", why=why, next_step=ASK)
    for token, mac in await rights.tokens_with_prefix(database, prefix):
        if hmac.compare_digest(token_mac(vault, value.reveal(), token), mac):
            return token
    vault.mac("token", b"")  # raises for a locked vault, which knows no token
    raise TokenInvalid("The token is not known to this store.", next_step=ASK)


def _refuse_too_much(wish: TokenWish, *, confined: bool) -> None:
    """Raise InvalidInput for scopes that don't exist, and for a shell without the exception it needs."""
    unknown = sorted(wish.scopes - set(ALL_SCOPES))
    if unknown or not wish.scopes:
        words = f"There is no scope {unknown[0][:40]!a}." if unknown else "A token needs a scope."
        raise InvalidInput(words, next_step=f"The scopes are {', '.join(ALL_SCOPES)}.", field="scopes")
    if TERMINAL_OPEN not in wish.scopes:
        return
    if not (wish.exceptional and confined and wish.seconds <= LONGEST_EXCEPTIONAL):
        raise InvalidInput(
            f"A token carries {TERMINAL_OPEN} as an exception only.",
            why="Who has a shell on a server can do everything there.",
            next_step="Add --exceptional, name each --server, and give --expires of at most 24h.",
            field="scopes",
        )
