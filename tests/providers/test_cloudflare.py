"""What is read from Cloudflare's API, and what no fault of it can do; against a stand-in built from its schema."""

from __future__ import annotations

import socket

import pytest
from tests.providers.fake_cloudflare import ACCOUNT, TOKEN, fake_cloudflare

from daoflow_core.errors import ConfigInvalid, DaoflowError, OutcomeUnknown
from daoflow_core.model.tunnel import TunnelAddress
from daoflow_core.providers import cloudflare, http
from daoflow_core.providers.base_url import CLOUDFLARE, base_url
from daoflow_core.providers.cloudflare import Cloudflare
from daoflow_core.providers.http import Api
from daoflow_core.secret import Secret

CREDENTIAL = Secret(TOKEN.encode())


@pytest.fixture
def fake():
    with fake_cloudflare() as one:
        yield one


@pytest.fixture
def waits():
    return []


@pytest.fixture
def provider(fake, waits):
    async def sleep(seconds):
        waits.append(seconds)

    return Cloudflare(Api("Cloudflare", fake.url, sleep=sleep, seconds=1.0))


def address(one, name="edge"):
    return TunnelAddress(ACCOUNT, one if one is None else one.id, name)


async def refusal(work) -> DaoflowError:
    with pytest.raises(DaoflowError) as caught:
        await work
    assert TOKEN not in f"{caught.value!r} {caught.value.document()}"
    return caught.value


async def test_a_tunnel_comes_with_its_routes_health_connections_and_last_rule(fake, provider):
    one = fake.add(
        "edge", ("App.Example.com", "http://web:3000"), ("*.example.com", "https://x"), connections=4
    )
    one.ingress.insert(0, {"hostname": "app.example.com", "path": "^/api", "service": "http://api:80"})
    seen = await provider.observe(address(one), CREDENTIAL)
    assert [(route.hostname, route.path, route.service) for route in seen.routes] == [
        ("app.example.com", "^/api", "http://api:80"),
        ("app.example.com", "", "http://web:3000"),
        ("*.example.com", "", "https://x"),
    ]
    assert (seen.health, seen.connections, seen.config_source) == ("healthy", 4, "cloudflare")
    assert (seen.catch_all, seen.config_version) == ("http_status:404", 7)


async def test_one_of_237_tunnels_is_found_by_its_name_over_three_pages(fake, provider):
    for number in range(236):
        fake.add(f"t{number}")
    fake.add("edge", ("app.example.com", "http://web:3000"))
    seen = await provider.observe(address(None), CREDENTIAL)
    assert seen.routes[0].hostname == "app.example.com"
    assert sum("page=" in target for _, target in fake.requests) == 3


async def test_a_name_that_two_tunnels_bear_is_not_guessed(fake, provider):
    fake.add("edge")
    fake.add("edge")
    error = await refusal(provider.observe(address(None), CREDENTIAL))
    assert (error.code, error.details["reason"]) == ("PROVIDER_REFUSED", "not-found")


async def test_ids_that_come_twice_over_pages_count_once(fake, provider):
    for number in range(120):
        fake.add(f"t{number}")
    fake.add("edge")
    fake.fault = "duplicate ids over pages"
    assert (await provider.observe(address(None), CREDENTIAL)).routes == ()


async def test_a_locally_configured_tunnel_has_unavailable_routes_and_not_none(fake, provider):
    seen = await provider.observe(address(fake.add("edge", config_src="local")), CREDENTIAL)
    assert seen.routes is None
    assert "file on its host" in seen.unavailable


@pytest.mark.parametrize(
    ("fault", "code", "reason"),
    [
        ("429 for an hour", "PROVIDER_UNAVAILABLE", "rate-limit"),
        ("html 502", "PROVIDER_UNAVAILABLE", "server-error"),
        ("success false", "PROVIDER_REFUSED", "refused"),
        ("slow body", "PROVIDER_UNAVAILABLE", "timeout"),
        ("truncated json", "PROVIDER_ANSWER_UNUSABLE", None),
        ("redirect", "PROVIDER_REFUSED", "redirect"),
        ("wrong account", "PROVIDER_ANSWER_UNUSABLE", None),
        ("another tunnel", "PROVIDER_ANSWER_UNUSABLE", None),
        ("huge body", "PROVIDER_ANSWER_UNUSABLE", None),
        ("gzip body", "PROVIDER_ANSWER_UNUSABLE", None),
        ("deep json", "PROVIDER_ANSWER_UNUSABLE", None),
        ("a field twice", "PROVIDER_ANSWER_UNUSABLE", None),
    ],
)
async def test_a_fault_is_told_for_what_it_is_and_gives_no_routes(
    fake, provider, monkeypatch, fault, code, reason
):
    one = fake.add("edge", ("app.example.com", "http://web:3000"))
    fake.fault = fault
    monkeypatch.setattr(http, "TRIES", 1 if fault == "slow body" else 3)
    error = await refusal(provider.observe(address(one), CREDENTIAL))
    assert (error.code, error.details.get("reason")) == (code, reason)
    assert "\x1b" not in f"{error.message}{error.why}"


async def test_a_list_that_never_ends_is_given_up(fake, provider, monkeypatch):
    monkeypatch.setattr(cloudflare, "MOST_PAGES", 4)
    fake.add("other")
    fake.fault = "a page that never ends"
    error = await refusal(provider.observe(address(None), CREDENTIAL))
    assert error.code == "PROVIDER_ANSWER_UNUSABLE"
    assert "4 pages" in error.why


@pytest.mark.parametrize("fault", ["config 404", "config without rules"])
async def test_a_missing_configuration_is_unavailable_and_not_zero_routes(fake, provider, fault):
    one = fake.add("edge", ("app.example.com", "http://web:3000"))
    fake.fault = fault
    assert (await provider.observe(address(one), CREDENTIAL)).routes is None


async def test_too_many_requests_are_waited_out_as_long_as_the_provider_asks(fake, provider, waits):
    one = fake.add("edge", ("app.example.com", "http://web:3000"))
    fake.fault = "every third is 429"
    assert len((await provider.observe(address(one), CREDENTIAL)).routes) == 1
    assert waits == [0.0]


async def test_a_hostname_that_drives_a_terminal_is_left_out_and_named_harmlessly(fake, provider):
    one = fake.add("edge", ("good.example.com", "http://web:1"), ("\x1b[2Jbad.example.com", "http://web:2"))
    one.status = "\x1b[31mnew-word"
    seen = await provider.observe(address(one), CREDENTIAL)
    assert [route.hostname for route in seen.routes] == ["good.example.com"]
    assert len(seen.unreadable) == 1
    assert "\x1b" not in seen.model_dump_json()
    assert seen.health == "new-word"


async def test_a_deleted_tunnel_exposes_nothing_and_says_so(fake, provider):
    one = fake.add("edge", ("app.example.com", "http://web:3000"), deleted_at="2026-11-01T00:00:00Z")
    seen = await provider.observe(address(one), CREDENTIAL)
    assert (seen.routes, seen.health) == ((), "deleted")


async def test_a_wrong_credential_is_refused_in_words(fake, provider):
    one = fake.add("edge")
    error = await refusal(provider.observe(address(one), Secret(b"another-token")))
    assert (error.code, error.details["reason"]) == ("PROVIDER_REFUSED", "credential")
    assert "10000 Authentication error" in error.why


async def test_nobody_there_is_told_after_three_tries(waits):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def sleep(seconds):
        waits.append(seconds)

    nobody = Cloudflare(Api("Cloudflare", f"http://127.0.0.1:{port}", sleep=sleep, seconds=1.0))
    error = await refusal(nobody.observe(TunnelAddress(ACCOUNT, "a" * 32, "edge"), CREDENTIAL))
    assert error.details["reason"] == "connect"
    assert len(waits) == http.TRIES - 1


async def test_the_token_never_goes_where_a_redirect_points(fake, provider):
    one = fake.add("edge")
    fake.fault = "redirect"
    await refusal(provider.observe(address(one), CREDENTIAL))
    assert len(fake.requests) == 1


@pytest.mark.parametrize("fault", ["patch lost before", "patch lost after"])
async def test_a_change_without_an_answer_is_unknown_and_never_sent_twice(fake, provider, fault):
    one = fake.add("edge")
    fake.fault = fault
    with pytest.raises(OutcomeUnknown):
        await provider.replace_secret(address(one), CREDENTIAL, Secret(b"n" * 32))
    assert [method for method, _ in fake.requests] == ["PATCH"]
    assert await provider.has_secret(address(one), CREDENTIAL, Secret(b"n" * 32)) is (
        fault == "patch lost after"
    )


async def test_a_short_secret_is_refused_for_certain(fake, provider):
    one = fake.add("edge")
    error = await refusal(provider.replace_secret(address(one), CREDENTIAL, Secret(b"short")))
    assert error.code == "PROVIDER_REFUSED"


async def test_a_connector_s_token_is_the_one_that_cloudflare_gives_out(fake, provider):
    one = fake.add("edge")
    secret = Secret(bytes(range(32)))
    await provider.replace_secret(address(one), CREDENTIAL, secret)
    import base64
    import json

    ours = json.loads(base64.b64decode(provider.connector_token(address(one), secret).reveal()))
    assert ours == json.loads(base64.b64decode(one.token))


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (None, None),
        ("soon", None),
        ("-5", None),
        ("99999999999", None),
        ("Wed, 25 Nov 2020 12:00:00 GMT", 0.0),
        ("Wed, 25 Nov 2020 12:00:00", 0.0),
    ],
)
def test_a_retry_after_is_read_in_either_form(told, seconds):
    assert http._retry_after(told) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "http://api.cloudflare.com",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.0.0.1@evil.example:80",
        "http://u:p@127.0.0.1:80",
        "http://127.0.0.1:80/?x=",
        "http://127.0.0.1.evil.example:80",
        "http://0.0.0.0:80",
        "http://10.0.0.1:80",
        "file:///etc/passwd",
        "127.0.0.1:80",
        "http://[::ffff:10.0.0.1]:80",
    ],
)
def test_a_token_can_t_be_sent_elsewhere_by_the_environment(url):
    with pytest.raises(ConfigInvalid):
        base_url(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/client/v4", "http://[::1]:8080", "http://127.9.9.9:1/"]
)
def test_a_stand_in_on_this_machine_may_be_named(url):
    assert base_url(url) == url.rstrip("/")
    assert base_url(None) == base_url("") == CLOUDFLARE
