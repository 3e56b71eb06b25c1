"""The SSH agent of this machine: one named key of it signs logins; no other is offered, and it is never forwarded."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncssh

from daoflow_core.errors import AgentUnavailable

ANSWER_SECONDS = 5.0
"""How long the agent may take to list its keys."""

_NEXT = {
    "no-socket": "Start one (`eval $(ssh-agent)`, then `ssh-add KEY`), or attach a managed key to the server.",
    "silent": "Start it anew (`eval $(ssh-agent)`), and see that SSH_AUTH_SOCK names its socket.",
    "empty": "Unlock it with `ssh-add -X`, or add the key: `ssh-add KEY`.",
    "no-such-key": "Add the key with `ssh-add KEY`; `ssh-add -l` lists what the agent has.",
    "refused": "Unlock the agent (`ssh-add -X`) or confirm the use of the key when it asks, then try again.",
}


def unavailable(reason: str, message: str, why: str = "") -> AgentUnavailable:
    """The error for one of the reasons above."""
    return AgentUnavailable(message, why=why, next_step=_NEXT[reason], reason=reason)


class AgentKey:
    """One key of the agent, lent for one login; it remembers that the agent would not sign."""

    def __init__(self, pair: asyncssh.SSHKeyPair) -> None:
        self.pair = pair
        self.refused = False
        signer: Any = pair  # asyncssh tells nobody why it gave up, so the answer is looked at on its way
        self._sign: Callable[[bytes], Awaitable[bytes]] = signer.sign_async
        signer.sign_async = self._signed

    async def _signed(self, data: bytes) -> bytes:
        try:
            return await self._sign(data)
        except ValueError:
            self.refused = True
            raise


@contextlib.asynccontextmanager
async def agent_key(path: str | None, fingerprint: str) -> AsyncIterator[AgentKey]:
    """The agent's key with this fingerprint, while the connection to the agent is open. Raises AgentUnavailable."""
    async with _keys(path) as keys:
        wanted = next((key for key in keys if _fingerprint(key) == fingerprint and not key.has_cert), None)
        if wanted is None and not keys:
            why = "An agent that is locked shows none either."
            raise unavailable("empty", "The SSH agent shows no key.", why)
        if wanted is None:
            why = f"It has {len(keys)} others; none of them was offered to a server."
            raise unavailable("no-such-key", f"The SSH agent does not have the key {fingerprint}.", why)
        yield AgentKey(wanted)


async def fingerprints(path: str | None) -> list[str]:
    """The fingerprints of the keys that the agent shows. Raises AgentUnavailable."""
    async with _keys(path) as keys:
        return [_fingerprint(key) for key in keys]


def refused(fingerprint: str) -> AgentUnavailable:
    """The agent showed the key, but would not sign with it."""
    why = "It was locked meanwhile, or the use of the key was not confirmed."
    return unavailable("refused", f"The SSH agent did not sign with the key {fingerprint}.", why)


@contextlib.asynccontextmanager
async def _keys(path: str | None) -> AsyncIterator[list[asyncssh.SSHKeyPair]]:
    if not path:
        raise unavailable("no-socket", "There is no SSH agent here.", "SSH_AUTH_SOCK is not set.")
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            agent = await asyncssh.connect_agent(path)
            keys = list(await agent.get_keys())
    except (OSError, ValueError, TimeoutError):
        why = "Nothing answers as an agent at the socket that SSH_AUTH_SOCK names."
        raise unavailable("silent", "The SSH agent does not answer.", why) from None
    try:
        yield keys
    finally:
        agent.close()


def _fingerprint(key: asyncssh.SSHKeyPair) -> str:
    """As `ssh-keygen -l` prints it."""
    digest = hashlib.sha256(key.public_data).digest()
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")
