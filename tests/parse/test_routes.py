"""Routes as they are typed: what is taken is exact, what is refused says which part, and nothing in between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daoflow_core.errors import InvalidInput
from daoflow_core.model.tunnel import RouteSpec
from daoflow_core.parse.hostnames import hostname, readable
from daoflow_core.parse.routes import parts, route, routes, same_service, service

LABEL = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOST = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
NAME = st.from_regex(r"[a-z0-9](?:[a-z0-9_-]{0,20}[a-z0-9])?", fullmatch=True)
PORT = st.integers(1, 65535)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("app.example.com=web:3000", RouteSpec("app.example.com", "web:3000")),
        (" App.Example.COM. = WEB:3000 ", RouteSpec("app.example.com", "web:3000")),
        ("*.example.com=http://web", RouteSpec("*.example.com", "http://web")),
        ("a.example.com=tcp://db:5432", RouteSpec("a.example.com", "tcp://db:5432")),
        (
            "a.example.com/api/v1=http://web:1/x?a=b",
            RouteSpec("a.example.com", "http://web:1/x?a=b", "/api/v1"),
        ),
        ("a.example.com/=web:1", RouteSpec("a.example.com", "web:1")),
        ("bücher.example=web:1", RouteSpec("xn--bcher-kva.example", "web:1")),
        ("XN--BCHER-KVA.example=web:1", RouteSpec("xn--bcher-kva.example", "web:1")),
        ("*.bücher.example=web:1", RouteSpec("*.xn--bcher-kva.example", "web:1")),
        ("a.example.com=[::1]:8080", RouteSpec("a.example.com", "[::1]:8080")),
        ("a.example.com=https://[2001:DB8::1]", RouteSpec("a.example.com", "https://[2001:db8::1]")),
        ("a.example.com=unix:/run/web.sock", RouteSpec("a.example.com", "unix:/run/web.sock")),
        ("a.example.com=http_status:404", RouteSpec("a.example.com", "http_status:404")),
    ],
)
def test_a_route_is_taken_as_it_is_meant(typed, expected):
    assert route(typed) == expected


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("app.example.com", "no-equals"),
        ("=web:3000", "hostname"),
        ("app.example.com=", "service"),
        ("app=web:1", "hostname"),
        ("-a.example.com=web:1", "hostname"),
        ("a..example.com=web:1", "hostname"),
        (f"{'a' * 64}.example.com=web:1", "hostname"),
        (f"{'a.' * 130}com=web:1", "hostname"),
        ("a b.example.com=web:1", "hostname"),
        ("\x1b[2Ja.example.com=web:1", "hostname"),
        ("a.example.com\n=web:1", None),
        ("a.*.com=web:1", "wildcard"),
        ("*=web:1", "wildcard"),
        ("**.example.com=web:1", "wildcard"),
        ("*a.example.com=web:1", "wildcard"),
        ("127.0.0.1=web:1", "address"),
        ("0x7f.1=web:1", "address"),
        ("127.1=web:1", "address"),
        ("xn--zzzzzzz99.example=web:1", "idn"),
        ("a\u202eb.example=web:1", "idn"),
        ("☃\u200d.example=web:1", "idn"),
        ("a.example.com/a b=web:1", "path"),
        ("a.example.com=web", "port"),
        ("a.example.com=web:", "port"),
        ("a.example.com=web:0", "port"),
        ("a.example.com=web:65536", "port"),
        ("a.example.com=web:٣", "service"),
        ("a.example.com=web:80x", "port"),
        ("a.example.com=tcp://db", "port"),
        ("a.example.com=ftp://x:1", "scheme"),
        ("a.example.com=javascript://x:1", "scheme"),
        ("a.example.com=http://user:pw@x:1", "credentials"),
        ("a.example.com=http://x:1/?token=hunter22", "credentials"),
        ("a.example.com/?password:hunter22=web:1", "credentials"),
        ("a.example.com=http://x:1/#f", "service"),
        ("a.example.com=http://:80", "service"),
        ("a.example.com=http://", "service"),
        ("a.example.com=[::1:80", "service"),
        ("a.example.com=[nope]:80", "service"),
        ("a.example.com=-web:80", "service"),
        ("a.example.com=we b:80", "service"),
        ("a.example.com=http_status:999", "service"),
        (f"a.example.com={'w' * 300}:80", "service"),
    ],
)
def test_a_wrong_route_is_refused_by_the_part_that_is_wrong(typed, reason):
    if reason is None:
        assert route(typed).hostname == "a.example.com"
        return
    with pytest.raises(InvalidInput) as error:
        route(typed)
    assert (error.value.code, error.value.details["reason"]) == ("ROUTE_INVALID", reason)
    assert "\x1b" not in error.value.message
    assert "hunter22" not in str(error.value.document())
    assert "pw@" not in str(error.value.document())


def test_a_hostname_and_path_given_twice_is_refused_and_other_paths_are_not():
    two = routes(["a.example.com/x=web:1", "a.example.com=web:2"])
    assert len(two) == 2
    with pytest.raises(InvalidInput) as error:
        routes(["a.example.com=web:1", "A.EXAMPLE.com=web:1"])
    assert (error.value.code, error.value.details["hostname"]) == ("ROUTE_DUPLICATE", "a.example.com")


@settings(max_examples=50, deadline=None)
@given(HOST, NAME, PORT)
def test_a_route_of_plain_parts_comes_back_as_its_parts(host, name, port):
    one = route(f"{host}={name}:{port}")
    assert one == RouteSpec(host, f"{name}:{port}")
    assert parts(one.service) == ("http", name, port)
    assert route(f"{one.hostname}={one.service}") == one


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_a_clean_route_or_a_clean_refusal(text):
    try:
        one = route(text)
    except InvalidInput as error:
        assert error.message.isascii()
        assert error.message.isprintable()
        return
    assert f"{one.hostname}{one.path}{one.service}".isascii()
    assert f"{one.hostname}{one.path}{one.service}".isprintable()
    assert route(f"{one.hostname}{one.path}={one.service}") == one


@settings(deadline=None)
@given(st.text(alphabet=st.characters(categories=["L", "N", "M"]), min_size=1, max_size=12))
def test_an_international_hostname_keeps_its_ascii_form_when_typed_in_either(label):
    try:
        ascii_form = hostname(f"{label}.example")
    except InvalidInput:
        return
    assert hostname(ascii_form) == ascii_form
    assert ascii_form in readable(ascii_form)


@settings(max_examples=50, deadline=None)
@given(NAME, PORT)
def test_a_service_is_the_same_with_and_without_its_usual_scheme(name, port):
    assert same_service(f"{name}:{port}", f"http://{name}:{port}/")
    assert not same_service(f"{name}:{port}", f"tcp://{name}:{port}")
    assert same_service(f"https://{name}", f"https://{name}:443")
    assert service(f"{name}:{port}") == f"{name}:{port}"
