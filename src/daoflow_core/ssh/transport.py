"""The one place that opens SSH connections: one pinned host key, one login key, nothing from `~/.ssh`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import asyncssh

from daoflow_core.errors import DaoflowError, TimedOut, Unreachable
from daoflow_core.model.host import Target
from daoflow_core.model.server import Endpoint
from daoflow_core.secret import Secret
from daoflow_core.ssh import agent, failures
from daoflow_core.ssh.dial import Dialer, Limits
from daoflow_core.ssh.gate import OnePerKey, Slots
from daoflow_core.ssh.hostkeys import EVERY_SIGNATURE, SIGNATURES, login_key, pinned, scanned
from daoflow_core.ssh.offer import offered_algorithms
from daoflow_core.ssh.passage import Passage, Via
from daoflow_core.ssh.resolve import Resolver

CIPHERS = (
    "aes128-gcm@openssh.com",  # first: it costs a third less than the default in this process
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-ctr",
    "aes192-ctr",
    "aes128-ctr",
)

Way = socket.socket | Passage
LoginKey = asyncssh.SSHKey | asyncssh.SSHKeyPair


class Witness(asyncssh.SSHClient):
    """Remembers how far a handshake came; by itself it trusts no key."""

    def __init__(self) -> None:
        self.connection: asyncssh.SSHClientConnection | None = None
        self.shown: asyncssh.SSHKey | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Asyncssh has taken the socket over."""
        self.connection = conn

    def validate_host_public_key(self, _host: str, _addr: str, _port: int, key: asyncssh.SSHKey) -> bool:
        """Asyncssh asks this only for a key that is not the pinned one."""
        self.shown = key
        return False

    @property
    def verified(self) -> bool:
        """Whether the server has proved the pinned host key."""
        return self.connection is not None and self.connection.get_server_host_key() is not None


class Transport:
    """Connects to servers and asks for their host keys; bounds what is in flight over all of them."""

    def __init__(
        self,
        limits: Limits | None = None,
        resolver: Resolver | None = None,
        agent_path: str | None = None,
    ) -> None:
        self._agent_path = agent_path
        self.limits = limits or Limits()
        self._dialer = Dialer(self.limits, resolver or Resolver())
        self._handshakes = Slots(self.limits.handshakes)
        self._hosts = OnePerKey()

    async def connect(
        self, target: Target, *, patient: bool = False, via: Via | None = None
    ) -> asyncssh.SSHClientConnection:
        """An authenticated connection whose host key is the target's, `via` the hop that was logged in to for it.

        Raises Unreachable, HostIdentityChanged, AuthFailed, TimedOut, InvalidInput (a damaged record of the
        host key), KeyRejected or AgentUnavailable. The limits of the stages add up; waiting for a slot is not counted.
        `patient` lets people's connections go first.
        """
        host_key = pinned(target.host_key)
        if target.agent_fingerprint is None:
            key = login_key(target.private_key or Secret(b""))
            return await self._connect(target, host_key, key, patient=patient, via=via)
        async with agent.agent_key(self._agent_path, target.agent_fingerprint) as lent:
            try:
                return await self._connect(target, host_key, lent.pair, patient=patient, via=via)
            except (DaoflowError, ValueError):
                if lent.refused:
                    raise agent.refused(target.agent_fingerprint) from None
                raise

    async def _connect(
        self, target: Target, host_key: asyncssh.SSHKey, key: LoginKey, *, patient: bool, via: Via | None
    ) -> asyncssh.SSHClientConnection:
        async with self._hosts.hold(_place(target.endpoint, via)):
            connection = await self._dialer.open(target.endpoint, patient=patient, via=via)
            witness = Witness()
            try:
                async with self._handshakes.hold(patient=patient):
                    return await self._log_in(connection, target, host_key, key, witness)
            except failures.NETWORK_ERRORS as error:
                raise await self._explain(target, witness, error, via) from None
            finally:
                if witness.connection is None:  # asyncssh never took the socket over
                    connection.close()

    async def _log_in(
        self,
        connection: Way,
        target: Target,
        host_key: asyncssh.SSHKey,
        private_key: LoginKey,
        witness: Witness,
    ) -> asyncssh.SSHClientConnection:
        """The handshake and login: every argument here closes a door that asyncssh leaves open by default."""
        async with asyncio.timeout(self.limits.login):
            return await asyncssh.connect(
                target.endpoint.host,
                target.endpoint.port,
                **_carrier(connection),
                client_factory=lambda: witness,
                username=target.endpoint.user,
                client_keys=[private_key],  # an empty list would load ~/.ssh/id_*
                known_hosts=([host_key], [], []),  # an empty value would trust ~/.ssh/known_hosts
                server_host_key_algs=SIGNATURES[target.host_key.algorithm],
                signature_algs=EVERY_SIGNATURE,
                encryption_algs=CIPHERS,
                compression_algs=None,
                config=None,  # ~/.ssh/config could run commands and turn verification off
                proxy_command=None,
                agent_path=None,  # the one key of an agent comes in client_keys; no other is seen
                agent_forwarding=False,
                pkcs11_provider=None,
                x509_trusted_certs=None,
                gss_host=None,
                host_based_auth=False,
                password=None,
                preferred_auth="publickey",
                connect_timeout=None,  # ours, above; asyncssh's would swallow a cancel in its last moment
                login_timeout=self.limits.login + 5,
                keepalive_interval=15,
                keepalive_count_max=3,
            )

    async def _explain(
        self, target: Target, witness: Witness, error: BaseException, via: Via | None
    ) -> DaoflowError:
        """The failure of a handshake in the operator's words."""
        endpoint = target.endpoint
        if isinstance(error, TimeoutError):
            return failures.login_timed_out(endpoint.address, self.limits.login)
        if isinstance(error, asyncssh.HostKeyNotVerifiable):
            return failures.identity_changed(target, scanned(witness.shown) if witness.shown else None)
        if not witness.verified and (reason := await self._no_shared_kind(target, via)):
            return reason
        return failures.from_login(endpoint, error, verified=witness.verified)

    async def _no_shared_kind(self, target: Target, via: Via | None) -> DaoflowError | None:
        """The error for a server that can't prove the pinned kind of key; None when that is not the trouble."""
        kind = target.host_key.algorithm
        try:
            offered = await self._offered(target.endpoint, via)
        except (Unreachable, TimedOut):
            return None
        if set(offered) & set(SIGNATURES[kind]):
            return None
        if kind in offered:
            why = f"It proves its {kind} host key with SHA-1 only, which is too weak to trust."
            return failures.no_common_algorithm(target.endpoint.address, why)
        return failures.identity_changed(target, None, offered)

    async def offered(self, endpoint: Endpoint, via: Via | None = None) -> tuple[str, ...]:
        """The host key algorithms a server has, as it names them; nothing but a greeting is sent.

        Raises Unreachable or TimedOut.
        """
        async with self._hosts.hold(_place(endpoint, via)):
            return await self._offered(endpoint, via)

    async def _offered(self, endpoint: Endpoint, via: Via | None) -> tuple[str, ...]:
        connection = await self._dialer.open(endpoint, patient=False, via=via)
        try:
            async with asyncio.timeout(self.limits.greeting):
                return await offered_algorithms(connection)
        except TimeoutError:
            raise failures.login_timed_out(endpoint.address, self.limits.greeting) from None
        except (OSError, ValueError):
            raise failures.closed(endpoint.address, "during the key exchange") from None
        finally:
            connection.close()

    async def host_key(
        self, endpoint: Endpoint, signatures: Sequence[str], via: Via | None = None
    ) -> asyncssh.SSHKey:
        """The host key a server proves with one of these signature algorithms; no user name leaves.

        Raises Unreachable or TimedOut.
        """
        async with self._hosts.hold(_place(endpoint, via)):
            connection = await self._dialer.open(endpoint, patient=False, via=via)
            witness = Witness()
            try:
                async with self._handshakes.hold(patient=False), asyncio.timeout(self.limits.login):
                    return await self._fetch(connection, endpoint, signatures, witness)
            except TimeoutError:
                raise failures.login_timed_out(endpoint.address, self.limits.login) from None
            except failures.NETWORK_ERRORS as error:
                raise failures.from_login(endpoint, error, verified=False) from None
            finally:
                if witness.connection is None:
                    connection.close()

    async def _fetch(
        self,
        connection: Way,
        endpoint: Endpoint,
        signatures: Sequence[str],
        witness: Witness,
    ) -> asyncssh.SSHKey:
        """The key exchange alone, with options that hold no user, no key and no agent."""
        options = asyncssh.SSHClientConnectionOptions(
            config=None,
            client_factory=lambda: witness,
            username="",
            client_keys=None,
            agent_path=None,
            known_hosts=None,  # a scan trusts nobody: it only looks
            gss_host=None,
            x509_trusted_certs=None,
            host_based_auth=False,
            compression_algs=None,
            connect_timeout=None,
        )
        key = await asyncssh.get_server_host_key(
            endpoint.host,
            endpoint.port,
            **_carrier(connection),
            config=None,
            options=options,
            server_host_key_algs=list(signatures),
        )
        if key is None:
            raise asyncssh.KeyExchangeFailed("the server proved no host key")
        return key


def _carrier(way: Way) -> dict[str, Any]:
    """What carries the conversation: a socket, or the open stream of a hop's pinned connection; never a name."""
    return {"sock": None, "tunnel": way} if isinstance(way, Passage) else {"sock": way, "tunnel": None}


def _place(endpoint: Endpoint, via: Via | None) -> tuple[object, ...]:
    """What one conversation at a time is had with; the same address behind another hop is another machine."""
    return (endpoint.host, endpoint.port, via and via.hop.server_id)
