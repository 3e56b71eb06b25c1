"""What holds beside a principal's own scopes at this moment: its token still stands, a grant gives it a shell."""

from __future__ import annotations

import hmac

from daoflow_core.errors import TokenExpired, TokenInvalid, TokenRefused, TokenRevoked, VaultLocked
from daoflow_core.model.access import Grant, Term, Token
from daoflow_core.ports import Database, Vault
from daoflow_core.services.terms import Terms
from daoflow_core.store import rights
from daoflow_core.vault.derive import pack


class Rights:
    """Asks the store afresh every time: a revocation by another process holds for the very next action."""

    def __init__(self, database: Database, vault: Vault, terms: Terms) -> None:
        self._database = database
        self._vault = vault
        self._terms = terms

    async def token_trouble(self, token_id: str) -> TokenRefused | None:
        """Why the token that a session was opened with no longer stands."""
        found = await rights.token(self._database, token_id)
        if found is None:
            return TokenInvalid("The token is not known to this store.", next_step=ASK)
        return await self.trouble_of(found[0])

    async def trouble_of(self, token: Token) -> TokenRefused | None:
        """Why a token does not stand."""
        if token.revoked_at is not None:
            why = f"{token.revoked_by} revoked it at {token.revoked_at}."
            return TokenRevoked(f"The token {token.name} was revoked.", why=why, next_step=ASK)
        over = await self._terms.why_over(self._database, token.term)
        if over is not None:
            return TokenExpired(f"The token {token.name} has expired.", why=over, next_step=ASK)
        return None

    async def grant(self, scope: str, server_id: str, holder: str) -> Grant | None:
        """The newest grant of a scope on a server that stands now; with the vault locked nobody can tell."""
        try:
            return next(iter(await self.standing(scope, server_id, holder)), None)
        except VaultLocked:
            return None

    async def standing(self, scope: str, server_id: str, holder: str) -> list[Grant]:
        """The grants that stand now, newest first; one whose record was changed does not. Raises VaultLocked."""
        found = []
        for grant, mac in await rights.grants_on(self._database, server_id, holder):
            if grant.scope != scope or await self._terms.why_over(self._database, grant.term) is not None:
                continue
            if hmac.compare_digest(grant_mac(self._vault, grant), mac):
                found.append(grant)
        return found


ASK = "Ask the owner of this store for a new one: `token create`."


def grant_mac(vault: Vault, grant: Grant) -> str:
    """The vault's mark on everything that a grant gives. Raises VaultLocked."""
    parts = (grant.id, grant.scope, grant.server_id, grant.granted_to, grant.reason)
    demands = (
        ("records",) if grant.records else ()
    )  # what was granted before there was a choice stays genuine
    return vault.mac("grant", pack(*parts, *_of_term(grant.term), *demands)).hex()


def token_mac(vault: Vault, value: bytes, token: Token) -> str:
    """The vault's mark on a token's value and everything it may: neither can be changed alone. Raises VaultLocked."""
    servers = ("all",) if token.servers is None else ("some", *sorted(token.servers))
    parts: tuple[str | int, ...] = (token.id, token.name, len(token.scopes), *sorted(token.scopes), *servers)
    return vault.mac("token", pack(value, *parts, *_of_term(token.term))).hex()


def _of_term(term: Term) -> tuple[str | int, ...]:
    return (
        term.created_at,
        term.expires_at,
        term.seconds,
        term.uptime.boot or "",
        term.uptime.seconds,
        term.since_sequence,
    )
