"""The one place where a scope is checked before an action, and a denial is recorded."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass

from daoflow_core.errors import ReadOnly, ScopeDenied
from daoflow_core.scopes import ACTIONS, OWNER_SCOPES, RECORDS_ONLY, SERVER_READ
from daoflow_core.services.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Principal:
    """Who acts: a name for the records, the scopes held, and whether this session may change anything."""

    name: str
    scopes: frozenset[str]
    read_only: bool = False


def owner(*, read_only: bool = False) -> Principal:
    """The operating-system user who runs this program, with the owner's default scopes."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = f"uid {os.geteuid()}"
    return Principal(name, OWNER_SCOPES, read_only)


class Access:
    """Answers one question: may this principal do this action on this target, now?"""

    def __init__(self, principal: Principal, recorder: Recorder) -> None:
        self.principal = principal
        self._recorder = recorder

    def why_not(self, action: str, *, server_read_only: bool = False) -> str | None:
        """A sentence that says why an action is off, or None when it is allowed; records nothing."""
        needed = ACTIONS[action]
        if needed not in self.principal.scopes:
            held = ", ".join(sorted(self.principal.scopes)) or "no scope"
            return f"This needs {needed}; {self.principal.name} has {held}."
        if needed == SERVER_READ or action in RECORDS_ONLY:
            return None
        if self.principal.read_only:
            return "This session is read-only."
        if server_read_only:
            return "This server is marked read-only."
        return None

    async def require(self, action: str, target: str, *, server_read_only: bool = False) -> str:
        """The scope the action runs under. Raises ScopeDenied or ReadOnly, after the denial is in the audit trail."""
        needed = ACTIONS[action]
        reason = self.why_not(action, server_read_only=server_read_only)
        if reason is None:
            return needed
        await self._recorder.denied(
            actor=self.principal.name, scope=needed, action=action, target=target, reason=reason
        )
        if needed not in self.principal.scopes:
            raise ScopeDenied(
                f"{action} is not permitted.",
                why=reason,
                next_step="Ask the owner of this store for the scope.",
                requiredScopes=[needed],
                grantedScopes=sorted(self.principal.scopes),
            )
        raise ReadOnly(
            f"{action} is off.",
            why=reason,
            next_step="Start without --read-only, or lift the mark with `server update --no-read-only`.",
        )
