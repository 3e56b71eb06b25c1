"""Asking an HTTP API with a token: bounded in time and size, never redirected, never repeated when that could harm."""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from daoflow_core.errors import DaoflowError, OutcomeUnknown
from daoflow_core.secret import Secret
from daoflow_core.text import clean, shorten
from daoflow_core.tunnel_errors import ProviderAnswerUnusable, ProviderRefused, ProviderUnavailable

LARGEST = 4 * 1024 * 1024
"""Bytes of one answer; the largest real one is far smaller."""
CALL_SECONDS = 30.0
CONNECT_SECONDS = 10.0
TRIES = 3
LONGEST_WAIT = 20.0
"""Seconds a `retry-after` is waited out; a longer one is told instead."""
BACKOFF = 0.5
DEEPEST = 40

Sleep = Callable[[float], Awaitable[None]]
Note = Callable[[str], None]


@functools.cache
def tls() -> ssl.SSLContext:
    """What servers are verified with, loaded once: 30 ms each time otherwise."""
    return httpx.create_ssl_context()


class Api:
    """One API of one provider; a connection pool that lives as long as its context."""

    def __init__(
        self, provider: str, url: str, *, sleep: Sleep = asyncio.sleep, seconds: float | None = None
    ) -> None:
        self.provider = provider
        self._url = url
        self._sleep = sleep
        self._seconds = CALL_SECONDS if seconds is None else seconds

    async def read(self, path: str, token: Secret, query: Mapping[str, str | int] | None = None) -> object:
        """A GET's whole JSON document; faults that pass are tried again. Raises the errors of providers."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._call("GET", path, token, query=query)
            except ProviderUnavailable as error:
                wait = _wait_of(error, tries)
                if wait is None:
                    raise
                await self._sleep(wait)

    async def change(
        self, method: str, path: str, token: Secret, body: Mapping[str, object] | None = None
    ) -> object:
        """A PATCH's or DELETE's answer, asked once. Raises OutcomeUnknown when it may have been done all the same."""
        try:
            return await self._call(method, path, token, body=body)
        except ProviderUnavailable as error:
            if error.details.get("reason") in ("connect", "tls", "rate-limit"):
                raise  # it never got there, or was turned away at the door
            raise self._unknown(error.message, error.why) from None
        except ProviderAnswerUnusable as error:
            raise self._unknown(error.message, error.why) from None

    def _unknown(self, message: str, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"Whether {self.provider} did it is not known: {message}", why=why, provider=self.provider
        )

    async def _call(
        self,
        method: str,
        path: str,
        token: Secret,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> object:
        headers = {
            "Authorization": f"Bearer {token.reveal().decode('ascii')}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        try:
            async with asyncio.timeout(self._seconds), self._client() as client:
                request = client.build_request(
                    method, self._url + path, params=query, json=body, headers=headers
                )
                response = await client.send(request, stream=True)
                try:
                    data = await _bounded(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise self._unavailable("timeout", f"no whole answer within {self._seconds:.0f} s") from None
        except httpx.HTTPError as error:
            raise self._of_transport(error) from None
        return self._judge(response, data)

    def _client(self) -> httpx.AsyncClient:
        """TLS is verified always; a proxy and further roots are the environment's (HTTPS_PROXY, SSL_CERT_FILE)."""
        timeout = httpx.Timeout(self._seconds, connect=CONNECT_SECONDS)
        return httpx.AsyncClient(verify=tls(), follow_redirects=False, timeout=timeout)

    def _judge(self, response: httpx.Response, data: bytes | None) -> object:
        status = response.status_code
        if 300 <= status < 400:
            why = f"It answered {status} and sent elsewhere; the token does not go along."
            raise self._refused("redirect", why, "Look at the proxy between here and the provider.")
        if status == 429:
            raise self._limited(response.headers.get("retry-after"))
        if status >= 500:
            raise self._unavailable("server-error", f"it answered {status}")
        if data is None:
            raise self._unusable(f"It has more than {LARGEST} bytes, or is compressed.")
        document = self._document(data, status)
        if status in (401, 403):
            step = (
                "Give a token that may do this: `tunnels rotate --stored-only --credentials-file PATH --yes`."
            )
            raise self._refused("credential", _said(document, status), step)
        if status == 404:
            raise self._refused(
                "not-found", _said(document, status), "Look at the ids of the tunnel and account."
            )
        if status >= 400 or document.get("success") is not True:
            raise self._refused("refused", _said(document, status), "Look at the provider's own dashboard.")
        return document

    def _document(self, data: bytes, status: int) -> dict[str, Any]:
        try:
            document = json.loads(data, parse_constant=_no_constant, object_pairs_hook=_once)
            if not isinstance(document, dict):
                raise ValueError("it is no object")
        except (ValueError, RecursionError) as error:
            if status >= 400:
                return {}
            raise self._unusable(f"It is not whole JSON ({shorten(clean(str(error)), 80)}).") from None
        return document

    def _limited(self, retry_after: str | None) -> ProviderUnavailable:
        seconds = _retry_after(retry_after)
        error = self._unavailable(
            "rate-limit",
            "it answered 429, too many requests"
            + (f"; it asks to wait {seconds:.0f} s" if seconds is not None else ""),
        )
        error.details["retryAfterSeconds"] = seconds
        return error

    def _of_transport(self, error: httpx.HTTPError) -> DaoflowError:
        words = shorten(clean(str(error)), 120) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            reason = "connect" if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout) else "timeout"
            return self._unavailable(reason, "it did not answer in time")
        if isinstance(error, httpx.ConnectError | httpx.ProxyError | httpx.UnsupportedProtocol):
            tls = "certificate" in words.lower() or "ssl" in words.lower()
            return self._unavailable("tls" if tls else "connect", words)
        return self._unavailable("closed", words)

    def _unavailable(self, reason: str, why: str) -> ProviderUnavailable:
        return ProviderUnavailable(
            f"{self.provider} could not be asked: {why}.",
            why="What is recorded stays as it was.",
            next_step="Try again later; `tunnels list` says how old the records are.",
            reason=reason,
            provider=self.provider,
        )

    def _refused(self, reason: str, why: str, next_step: str) -> ProviderRefused:
        return ProviderRefused(
            f"{self.provider} refused.", why=why, next_step=next_step, reason=reason, provider=self.provider
        )

    def _unusable(self, why: str) -> ProviderAnswerUnusable:
        return ProviderAnswerUnusable(
            f"{self.provider}'s answer can't be used.",
            why=f"{why} Nothing was changed by it.",
            next_step="Try again; if it stays so, look at the proxy between here and the provider.",
            provider=self.provider,
        )


async def _bounded(response: httpx.Response) -> bytes | None:
    """The body as it came over the wire; None when it is too large, or compressed though that was not asked for."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return None
    kept = bytearray()
    async for piece in response.aiter_raw():
        kept += piece
        if len(kept) > LARGEST:
            return None
    return bytes(kept)


def _wait_of(error: ProviderUnavailable, tries: int) -> float | None:
    """How long to wait before the next try; None when there is none."""
    if tries >= TRIES or error.details.get("reason") == "tls":
        return None
    if error.details.get("reason") != "rate-limit":
        return BACKOFF * 2.0 ** (tries - 1)
    asked = error.details.get("retryAfterSeconds")
    wait = asked if isinstance(asked, float) else BACKOFF * 2.0**tries
    return wait if wait <= LONGEST_WAIT else None


def _retry_after(text: str | None) -> float | None:
    """A `retry-after` in seconds, from either of its forms; never negative."""
    if text is None:
        return None
    if text.strip().isdecimal() and len(text.strip()) < 8:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _said(document: Mapping[str, Any], status: int) -> str:
    """What the provider's error list says, cleaned and short."""
    errors = document.get("errors")
    told = [
        f"{one.get('code', '')} {one.get('message', '')}".strip()
        for one in (errors if isinstance(errors, list) else [])[:3]
        if isinstance(one, dict)
    ]
    return shorten(clean("; ".join(told)), 200) + f" (status {status})" if told else f"It answered {status}."


def _no_constant(word: str) -> float:
    raise ValueError(f"it holds {word}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("it names a field twice")
    return found
