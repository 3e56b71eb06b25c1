"""The demo's provider of tunnels: a stand-in for Cloudflare's API on loopback, so that looks and rotations are real."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

ACCOUNT = "0123456789abcdef0123456789abcdef"
LONGEST = 64 * 1024


@dataclass
class DemoTunnel:
    """One tunnel there; `ingress` is None for one that is configured by a file on its host."""

    id: str
    name: str
    ingress: list[tuple[str, str]] | None
    status: str = "healthy"
    connections: int = 4
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def record(self) -> dict[str, Any]:
        """As the API shows it."""
        source = "local" if self.ingress is None else "cloudflare"
        known = {"id": self.id, "account_tag": ACCOUNT, "name": self.name, "status": self.status}
        return {**known, "config_src": source, "connections": [], "deleted_at": None}

    def answer(self, rest: list[str]) -> object:
        """What a GET below it shows; None is not found."""
        match rest:
            case []:
                return self.record()
            case ["configurations"] if self.ingress is not None:
                rules = [{"hostname": host, "service": service} for host, service in self.ingress]
                return {
                    "tunnel_id": self.id,
                    "version": 3,
                    "config": {"ingress": [*rules, {"service": "http_status:404"}]},
                }
            case ["connections"]:
                return [{"id": self.id, "conns": [{"id": str(one)} for one in range(self.connections)]}]
            case ["token"]:
                inside = {"a": ACCOUNT, "t": self.id, "s": str(base64.b64encode(self.secret), "ascii")}
                return str(base64.b64encode(json.dumps(inside).encode("ascii")), "ascii")
        return None


class DemoProvider:
    """Answers on loopback as long as its context; `url` is where."""

    def __init__(self, tunnels: list[DemoTunnel]) -> None:
        self._tunnels = {one.id: one for one in tunnels}
        self._server: asyncio.Server | None = None
        self.url = ""

    async def __aenter__(self) -> DemoProvider:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = str(await reader.readuntil(b"\r\n\r\n"), "ascii").split("\r\n")
            method, target, _ = head[0].split(" ")
            fields = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
            body = await reader.readexactly(min(int(fields.get("content-length", 0)), LONGEST))
            await asyncio.sleep(0.2)  # as far away as a provider is
            result = self._answer(method, target.partition("?")[0].split("/")[1:], body)
            writer.write(_response(result))
            await writer.drain()
        writer.close()

    def _answer(self, method: str, words: list[str], body: bytes) -> object:
        if words[:3] != ["accounts", ACCOUNT, "cfd_tunnel"]:
            return None
        if len(words) == 3:
            return [one.record() for one in self._tunnels.values()]
        one = self._tunnels.get(words[3])
        if one is None:
            return None
        if method == "PATCH":
            one.secret = base64.b64decode(json.loads(body)["tunnel_secret"])
        if method == "DELETE":
            one.connections, one.status = 0, "down"
        return one.record() if method == "PATCH" else {} if method == "DELETE" else one.answer(words[4:])


def _response(result: object) -> bytes:
    status = "404 Not Found" if result is None else "200 OK"
    document = {"success": result is not None, "errors": [], "messages": [], "result": result}
    data = json.dumps(document).encode("ascii")
    lines = (
        f"HTTP/1.1 {status}",
        "content-type: application/json",
        f"content-length: {len(data)}",
        "connection: close",
    )
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("ascii") + data
