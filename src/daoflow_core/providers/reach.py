"""Whether a hostname answers over HTTPS: one request to an address that was looked at first, no redirects, no body."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import Awaitable, Callable

import httpx

from daoflow_core.model.tunnel_sync import RouteCheck
from daoflow_core.parse.hostnames import WILDCARD
from daoflow_core.providers.http import tls
from daoflow_core.text import clean, shorten

SECONDS = 10.0
RESOLVE_SECONDS = 5.0
PORT = 443

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolve(hostname: str, port: int) -> list[str]:
    """The addresses of a hostname, as this machine resolves it. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(hostname, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class Reach:
    """Asks hostnames over HTTPS; the name is resolved once, and exactly that address is connected to."""

    def __init__(self, *, resolve: Resolve = resolve, port: int = PORT) -> None:
        self._resolve = resolve
        self._port = port

    async def ask(self, hostname: str, path: str, *, allow_private: bool) -> RouteCheck:
        """How it answered; failures are answers too."""
        known = RouteCheck(hostname=hostname, path=path, outcome="unknown")
        if hostname.startswith(WILDCARD):
            return _with(known, outcome="skipped", detail="A wildcard names no single host.")
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                addresses = await self._resolve(hostname, self._port)
        except TimeoutError:
            return _with(known, outcome="dns", detail="Its name was not resolved in time.")
        except (OSError, UnicodeError) as error:
            return _with(known, outcome="dns", detail=_words(error))
        inside = next((one for one in addresses if not _is_public(one)), None)
        if inside is not None and not allow_private:
            detail = f"It resolves to {inside}, which is no public address, so it was not asked."
            return _with(known, outcome="private-address", address=inside, detail=detail)
        if not addresses:
            return _with(known, outcome="dns", detail="Its name has no address.")
        return await self._request(known, addresses[0])

    async def _request(self, known: RouteCheck, address: str) -> RouteCheck:
        began = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS):
                status = await self._status(known.hostname, known.path, address)
        except TimeoutError:
            return _with(
                known, outcome="timeout", address=address, detail=f"No answer within {SECONDS:.0f} s."
            )
        except (httpx.HTTPError, OSError) as error:
            words = _words(error)
            tls = "certificate" in words.lower() or "ssl" in words.lower()
            return _with(known, outcome="tls" if tls else "unreachable", address=address, detail=words)
        took = round((time.monotonic() - began) * 1000)
        return _with(
            known,
            outcome="answered",
            status=status,
            latency_ms=took,
            address=address,
            detail=_meaning(status),
        )

    async def _status(self, hostname: str, path: str, address: str) -> int:
        """The status line of a GET to this very address, verified against the name; the body is left unread."""
        there = f"[{address}]" if ":" in address else address
        plain = path if path.startswith("/") else "/"
        url = httpx.URL(f"https://{there}:{self._port}").copy_with(raw_path=plain.encode("ascii", "ignore"))
        async with httpx.AsyncClient(verify=tls(), trust_env=False, follow_redirects=False) as client:
            request = client.build_request(
                "GET",
                url,
                headers={"Host": hostname, "User-Agent": "daoflow-tui"},
                extensions={"sni_hostname": hostname},
            )
            response = await client.send(request, stream=True)
            with contextlib.suppress(httpx.HTTPError):
                await response.aclose()
            return response.status_code


def _with(known: RouteCheck, **told: object) -> RouteCheck:
    return known.model_copy(update=told)


def _is_public(address: str) -> bool:
    try:
        one = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(one, "ipv4_mapped", None) or getattr(one, "sixtofour", None) or one
    return inner.is_global and not inner.is_multicast


def _meaning(status: int) -> str | None:
    """What the well-known answers of a tunnel's edge mean."""
    return {
        502: "The tunnel is up, its service did not answer.",
        530: "The provider's edge has no tunnel that is connected for it.",
        404: "It answers, and knows nothing at this path.",
    }.get(status)


def _words(error: BaseException) -> str:
    said = getattr(error, "strerror", None) or str(error)
    return shorten(clean(said), 160) or type(error).__name__
