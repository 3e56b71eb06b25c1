"""Asking a hostname whether it answers: verified, pinned to the address that was looked at, never inside unasked."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from tests.parse.authority import make

from daoflow_core.providers import reach
from daoflow_core.providers.reach import Reach


class Site(BaseHTTPRequestHandler):
    asked: list[tuple[str, str]] = []  # noqa: RUF012

    def do_GET(self):
        Site.asked.append((self.headers["Host"], self.path))
        status = 302 if self.path == "/moved" else 502 if self.path == "/down" else 200
        self.send_response(status)
        self.send_header("location", "https://elsewhere.example/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An HTTPS site for app.example.com, its port, and the file of its own authority."""
    from datetime import UTC, datetime, timedelta

    from tests.parse import authority

    kept, authority.NOW = authority.NOW, datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    try:
        root = make("Root", authority=True, days=(-10, 100))
        leaf = make("app.example.com", root, names=("app.example.com",), days=(-5, 50))
    finally:
        authority.NOW = kept
    folder = tmp_path_factory.mktemp("site")
    (folder / "leaf.pem").write_bytes(leaf.pem + leaf.key_pem())
    (folder / "root.pem").write_bytes(root.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    server = HTTPServer(("127.0.0.1", 0), Site)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_port, ssl.create_default_context(cafile=folder / "root.pem")
    server.shutdown()
    server.server_close()


@pytest.fixture
def asking(site, monkeypatch):
    port, trusted = site
    monkeypatch.setattr(reach, "tls", lambda: trusted)
    Site.asked.clear()

    async def here(hostname, port):
        return ["127.0.0.1"]

    return Reach(resolve=here, port=port)


async def test_an_answer_has_its_status_and_latency_and_the_right_name_in_it(asking):
    answer = await asking.ask("app.example.com", "/api", allow_private=True)
    assert (answer.outcome, answer.status, answer.address) == ("answered", 200, "127.0.0.1")
    assert answer.latency_ms is not None
    assert Site.asked == [("app.example.com", "/api")]


async def test_a_redirect_is_an_answer_and_is_not_followed(asking):
    assert (await asking.ask("app.example.com", "/moved", allow_private=True)).status == 302
    assert len(Site.asked) == 1


async def test_a_tunnel_without_its_service_is_told(asking):
    answer = await asking.ask("app.example.com", "/down", allow_private=True)
    assert (answer.status, "did not answer" in answer.detail) == (502, True)


async def test_a_certificate_for_another_name_is_told_and_nothing_is_asked(asking):
    answer = await asking.ask("other.example.com", "", allow_private=True)
    assert (answer.outcome, answer.status) == ("tls", None)
    assert Site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.5",
        "127.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
    ],
)
async def test_a_hostname_that_resolves_inside_is_not_asked_unless_told_to(address):
    async def inside(hostname, port):
        return ["1.1.1.1", address]

    answer = await Reach(resolve=inside).ask("app.example.com", "", allow_private=False)
    assert (answer.outcome, answer.address) == ("private-address", address)


async def test_a_wildcard_and_an_unknown_name_are_told():
    async def nothing(hostname, port):
        raise OSError("no such name")

    asking = Reach(resolve=nothing)
    assert (await asking.ask("*.example.com", "", allow_private=False)).outcome == "skipped"
    assert (await asking.ask("app.example.com", "", allow_private=False)).outcome == "dns"


async def test_a_closed_port_is_unreachable():
    async def here(hostname, port):
        return ["127.0.0.1"]

    assert (
        await Reach(resolve=here, port=9).ask("a.example.com", "", allow_private=True)
    ).outcome == "unreachable"
