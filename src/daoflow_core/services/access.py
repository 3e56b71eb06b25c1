"""The one place where a scope is checked before an action, and a denial is recorded."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NoReturn

from daoflow_core.errors import DaoflowError, ReadOnly, ScopeDenied, VaultLocked
from daoflow_core.scopes import (
    ACROSS_SERVERS,
    ACTIONS,
    OWNER_ONLY,
    OWNER_SCOPES,
    RECORDS_ONLY,
    SERVER_READ,
    TERMINAL_OPEN,
)
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.rights import Rights

SERVER = "server/"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a name for the records, the scopes held, and whether this session may change anything.

    A token's principal has its id; `servers` are the ids it is confined to, None for all of them.
    """

    name: str
    scopes: frozenset[str]
    read_only: bool = False
    token_id: str | None = None
    servers: frozenset[str] | None = None


def owner(*, read_only: bool = False) -> Principal:
    """The operating-system user who runs this program, with the owner's default scopes."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = f"uid {os.geteuid()}"
    return Principal(name, OWNER_SCOPES, read_only)


class Access:
    """Answers one question: may this principal do this action on this target, now?"""

    def __init__(self, principal: Principal, recorder: Recorder, rights: Rights | None = None) -> None:
        self.principal = principal
        self._recorder = recorder
        self._rights = rights

    def may_see(self, server_id: str) -> bool:
        """Whether a server may stand in an answer; a token for some servers is told of no other."""
        return self.principal.servers is None or server_id in self.principal.servers

    def why_not(self, action: str, *, server_read_only: bool = False) -> str | None:
        """A sentence that says why an action is off, or None when it is allowed; records nothing, asks nobody.

        It knows neither grants nor the state of a token: `require` asks the store for both.
        """
        return self._why_no_scope(action) or self._why_read_only(action, server_read_only)

    async def require(self, action: str, target: str, *, server_read_only: bool = False) -> str:
        """The scope the action runs under. Raises ScopeDenied, ReadOnly or TokenRefused, or VaultLocked where nobody
        can tell whether a grant gives it, after the denial is in the audit trail.
        """
        refusal = await self.refusal(action, target, server_read_only=server_read_only)
        if refusal is None:
            return ACTIONS[action]
        await self._recorder.denied(
            actor=self.principal.name,
            scope=ACTIONS[action],
            action=action,
            target=target,
            reason=refusal.why or refusal.message,
        )
        raise refusal

    async def refuse(self, action: str, refusal: DaoflowError) -> NoReturn:
        """Record a refusal that came before any action could be asked for, and raise it."""
        await self._recorder.denied(
            actor=self.principal.name, scope="none", action=action, target="token", reason=refusal.message
        )
        raise refusal

    async def refusal(
        self, action: str, target: str, *, server_read_only: bool = False
    ) -> DaoflowError | None:
        """What `require` would raise now, grants and the state of a token included; records nothing."""
        if self.principal.token_id is not None and self._rights is not None:
            trouble = await self._rights.token_trouble(self.principal.token_id)
            if trouble is not None:
                return trouble
        reason = self._why_no_scope(action)
        try:
            granted = reason is None or await self._is_granted(action, target)
        except VaultLocked as error:
            return error  # a grant may give it: nobody can tell
        if reason is not None and not granted:
            return self._denied(action, reason, self._how_to_get(action, target))
        if self.principal.servers is not None and not self._is_within(action, target):
            reason = f"{self.principal.name} is for some servers only, and this is not one of them."
            return self._denied(action, reason, "Ask the owner of this store for a token with this server.")
        reason = self._why_read_only(action, server_read_only)
        if reason is None:
            return None
        step = "Start without --read-only, or lift the mark with `server update --no-read-only`."
        return ReadOnly(f"{action} is off.", why=reason, next_step=step)

    def _how_to_get(self, action: str, target: str) -> str:
        """The next step of who lacks a scope; an owner gives shells to themself, for a time and with a reason."""
        if ACTIONS[action] == TERMINAL_OPEN and self.principal.token_id is None and target.startswith(SERVER):
            server = target.removeprefix(SERVER)
            return f"`grant terminal --server {server} --ttl 15m --reason WHY --yes` gives it for a time, on record."
        return "Ask the owner of this store for the scope."

    def _why_no_scope(self, action: str) -> str | None:
        needed = ACTIONS[action]
        if needed not in self.principal.scopes:
            held = ", ".join(sorted(self.principal.scopes)) or "no scope"
            return f"This needs {needed}; {self.principal.name} has {held}."
        if self.principal.token_id is not None and action in OWNER_ONLY:
            return f"No token may do this, and {self.principal.name} is one."
        return None

    def _why_read_only(self, action: str, server_read_only: bool) -> str | None:
        if ACTIONS[action] == SERVER_READ or action in RECORDS_ONLY:
            return None
        if self.principal.read_only:
            return "This session is read-only."
        if server_read_only:
            return "This server is marked read-only."
        return None

    async def _is_granted(self, action: str, target: str) -> bool:
        """Whether a grant stands in for the missing scope: terminal:open on one server, for the owner only."""
        if self._rights is None or self.principal.token_id is not None:
            return False
        if ACTIONS[action] != TERMINAL_OPEN or not target.startswith(SERVER):
            return False
        server_id = target.removeprefix(SERVER)
        return bool(await self._rights.standing(TERMINAL_OPEN, server_id, self.principal.name))

    def _is_within(self, action: str, target: str) -> bool:
        if target.startswith(SERVER):
            return self.may_see(target.removeprefix(SERVER))
        return action in ACROSS_SERVERS

    def _denied(self, action: str, reason: str, next_step: str) -> ScopeDenied:
        return ScopeDenied(
            f"{action} is not permitted.",
            why=reason,
            next_step=next_step,
            requiredScopes=[ACTIONS[action]],
            grantedScopes=sorted(self.principal.scopes),
        )

    async def refused(self, action: str, target: str, reason: str) -> None:
        """Record that a rule other than scopes kept an action from being done."""
        await self._recorder.denied(
            actor=self.principal.name, scope=ACTIONS[action], action=action, target=target, reason=reason
        )

    @contextlib.asynccontextmanager
    async def on_record(self, action: str, target: str, *rules: type[DaoflowError]) -> AsyncIterator[None]:
        """Record what one of these rules refuses in here, and let it be raised on."""
        try:
            yield
        except rules as refusal:
            await self.refused(action, target, f"{refusal.message} {refusal.why}".rstrip())
            raise
