"""A stand-in for Cloudflare's tunnel API over real HTTP on loopback, built from its published schema; not the real one."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "0123456789abcdef0123456789abcdef"
TOKEN = "canary-api-token-Zq8vYw3kTn5rLp1x"
CATCH_ALL = {"service": "http_status:404"}
GZIP_BOMB = base64.b64decode(b"H4sIAAAAAAACA+3BMQEAAADCoPVPbQo/oAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")


@dataclass
class FakeTunnel:
    """One tunnel of the account."""

    name: str
    ingress: list[dict[str, Any]] | None = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: str = "healthy"
    config_src: str = "cloudflare"
    deleted_at: str | None = None
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    connections: int = 2

    @property
    def record(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "account_tag": ACCOUNT,
            "name": self.name,
            "status": self.status,
            "config_src": self.config_src,
            "remote_config": self.config_src == "cloudflare",
            "connections": [],
            "conns_active_at": "2026-01-01T00:00:00Z",
            "conns_inactive_at": None,
            "created_at": "2026-01-01T00:00:00Z",
            "deleted_at": self.deleted_at,
            "tun_type": "cfd_tunnel",
            "metadata": {},
        }

    @property
    def token(self) -> str:
        inside = {"a": ACCOUNT, "t": self.id, "s": base64.b64encode(self.secret).decode()}
        return base64.b64encode(json.dumps(inside).encode()).decode()


Answer = tuple[int, dict[str, str], bytes]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """A client that goes is no error."""


class FakeCloudflare:
    """Answers as the schema says; `fault` makes it answer otherwise, `on_patch` runs inside a PATCH."""

    def __init__(self) -> None:
        self.tunnels: dict[str, FakeTunnel] = {}
        self.fault: str | None = None
        self.on_patch: Callable[[str], None] = lambda moment: None
        self.requests: list[tuple[str, str]] = []
        self.seen_tokens: list[str] = []
        self.dropped: list[str] = []
        self._turn = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}/client/v4"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def add(self, name: str, *routes: tuple[str, str], **more: Any) -> FakeTunnel:
        ingress = [{"hostname": host, "service": service} for host, service in routes]
        one = FakeTunnel(name, [*ingress, dict(CATCH_ALL)], **more)
        self.tunnels[one.id] = one
        return one

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        with self._lock:
            self.requests.append((method, target))
            self.seen_tokens.append(headers.get("Authorization", ""))
            self._turn += 1
            turn = self._turn
        fault = self._fault(method, target, turn)
        if fault is not None:
            return fault
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return _failure(403, 10000, "Authentication error")
        return self._route(method, target, body)

    def _fault(self, method: str, target: str, turn: int) -> Answer | None:
        match self.fault:
            case "every third is 429" if turn % 3 == 0:
                return 429, {"retry-after": "0"}, b'{"success":false}'
            case "429 for an hour":
                return 429, {"retry-after": "3600"}, b'{"success":false}'
            case "html 502":
                return 502, {"content-type": "text/html"}, b"<html>\x1b[2J502 Bad Gateway</html>"
            case "success false":
                return _failure(200, 1003, "Invalid or missing zone id.\x1b]0;x\x07")
            case "truncated json":
                return 200, {}, b'{"success":true,"errors":[],"messages":[],"result":{"id":"'
            case "redirect":
                return 302, {"location": "http://127.0.0.1:9/steal"}, b""
            case "huge body":
                return 200, {}, b'{"success":true,"result":"' + b"x" * (5 * 1024 * 1024) + b'"}'
            case "gzip body":
                return 200, {"content-encoding": "gzip"}, GZIP_BOMB
            case "deep json":
                return 200, {}, b'{"success":true,"result":' + b"[" * 100_000
            case "a field twice":
                return 200, {}, b'{"success":true,"success":true,"result":{}}'
            case "config 404" if target.endswith("/configurations"):
                return _failure(404, 1050, "Configuration for tunnel not found")
            case "config without rules" if target.endswith("/configurations"):
                return _success({"config": {}, "source": "cloudflare", "version": 1})
            case "token 500" if target.endswith("/token"):
                return 500, {}, b"{}"
        return None

    def _route(self, method: str, target: str, body: bytes) -> Answer:
        parts = urlsplit(target)
        words = parts.path.removeprefix("/client/v4/").split("/")
        if words[:1] != ["accounts"] or words[1] != ACCOUNT or words[2:3] != ["cfd_tunnel"]:
            return _failure(404, 7003, "No route for that URI")
        if len(words) == 3:
            return self._page(parse_qs(parts.query))
        one = self.tunnels.get(words[3])
        if one is None:
            return _failure(404, 1003, "Tunnel not found")
        return self._one(method, one, words[4:], body)

    def _page(self, query: dict[str, list[str]]) -> Answer:
        page, size = int(query["page"][0]), int(query["per_page"][0])
        every = [one.record for one in self.tunnels.values()]
        if self.fault == "duplicate ids over pages":
            every = [*every[:size], *every[:size], *every[size:]]
        got = every[(page - 1) * size : page * size]
        if self.fault == "a page that never ends":
            got = (every * (size // max(1, len(every)) + 1))[:size]
        info = {"page": page, "per_page": size, "count": len(got), "total_count": 1}
        return _success(got, result_info=info)

    def _one(self, method: str, one: FakeTunnel, rest: list[str], body: bytes) -> Answer:
        record = one.record
        if self.fault == "wrong account":
            record["account_tag"] = "f" * 32
        if self.fault == "another tunnel":
            record["id"] = str(uuid.uuid4())
        if method == "PATCH":
            return self._patch(one, body)
        if method == "DELETE" and self.fault == "drop lost":
            raise ConnectionAbortedError
        if method == "DELETE" and rest == ["connections"]:
            self.dropped.append(one.id)
            one.connections = 0
            return _success({})
        match rest:
            case []:
                return _success(record)
            case ["configurations"]:
                config = (
                    None
                    if one.ingress is None
                    else {"ingress": one.ingress, "warp-routing": {"enabled": False}}
                )
                told = {"account_id": ACCOUNT, "tunnel_id": one.id, "version": 7, "source": one.config_src}
                return _success({**told, "config": config})
            case ["connections"]:
                conns = [{"id": str(uuid.uuid4()), "colo_name": "ams01"} for _ in range(one.connections)]
                return _success([{"id": str(uuid.uuid4()), "version": "2026.1.0", "conns": conns}])
            case ["token"]:
                return _success(one.token)
        return _failure(404, 7003, "No route for that URI")

    def _patch(self, one: FakeTunnel, body: bytes) -> Answer:
        self.on_patch("before")
        if self.fault == "patch refused":
            return _failure(400, 1001, "tunnel_secret is not acceptable")
        if self.fault == "patch lost before":
            raise ConnectionAbortedError
        secret = base64.b64decode(json.loads(body)["tunnel_secret"], validate=True)
        if len(secret) < 32:
            return _failure(400, 1002, "tunnel_secret must be at least 32 bytes")
        one.secret = secret
        self.on_patch("after")
        if self.fault in ("patch lost after", "patch lost after, token 500"):
            raise ConnectionAbortedError
        return _success({**one.record, "token": one.token})


def _success(result: object, **more: object) -> Answer:
    body = {"success": True, "errors": [], "messages": [], "result": result, **more}
    return 200, {"content-type": "application/json"}, json.dumps(body).encode()


def _failure(status: int, code: int, message: str) -> Answer:
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return status, {"content-type": "application/json"}, json.dumps(body).encode()


def _handler(fake: FakeCloudflare) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Say nothing."""

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                status, headers, data = fake.answer(self.command, self.path, self.headers, body)
            except ConnectionAbortedError:
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if fake.fault == "slow body":
                    self._slowly(data)
                else:
                    self.wfile.write(data)

        def _slowly(self, data: bytes) -> None:
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.2)

        do_GET = do_PATCH = do_DELETE = _do  # noqa: N815

    return Handler


@contextlib.contextmanager
def fake_cloudflare() -> Iterator[FakeCloudflare]:
    """One that lives as long as its block."""
    fake = FakeCloudflare()
    try:
        yield fake
    finally:
        fake.close()
