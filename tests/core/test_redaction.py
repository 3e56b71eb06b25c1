"""The second net catches common shapes of secrets and leaves ordinary words alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daoflow_core.redaction import LineRedactor, Veil, redact
from daoflow_core.secret import MASK

PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXkt\nAAAAcanary==\n-----END OPENSSH PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"before {PEM} after", "before <secret> after"),
        ("-----BEGIN RSA PRIVATE KEY-----\ncanary", "<secret>"),
        ("Authorization: Bearer canary.abc-123", "Authorization: Bearer <secret>"),
        ("id eyJhbGciOiJIUzI1NiJ9canary.eyJhIjoxfQ.c2ln done", "id <secret> done"),
        ("token dft_canary0123456789", "token <secret>"),
        ("AKIAIOSFODNN7EXAMPLE", "<secret>"),
        ("POSTGRES_PASSWORD=canary next", "POSTGRES_PASSWORD=<secret> next"),
        ('password = "can ary" next', "password = <secret> next"),
        ("password=<canary next", "password=<secret> next"),
        ("password='canary", "password=<secret>"),
        ("password: canary", "password: <secret>"),
        ('{"token": "canary", "a": 1}', '{"token": <secret>, "a": 1}'),
        ("docker login --password canary host", "docker login --password <secret> host"),
        ("https://user:canary@example.test/x", "https://user:<secret>@example.test/x"),
    ],
)
def test_secrets_are_masked_once_and_for_all(text, kept):
    assert redact(text) == kept
    assert redact(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "token: invalid",
        "the secret my-app_token was created",
        "http://localhost:8080/a@b",
        "git@example.test:repo",
        "-----BEGIN CERTIFICATE-----",
        "bearer of news",
        "eyJ short",
        "Enter password:",
    ],
)
def test_ordinary_words_stay(text):
    assert redact(text) == text


def test_a_private_key_over_many_lines_is_hidden_line_by_line():
    redactor = LineRedactor()
    lines = ["cat id_ed25519", "x " + PEM.splitlines()[0], *PEM.splitlines()[1:], "after == ok", "dGV4dA=="]
    assert [redactor.feed(line) for line in lines] == [
        "cat id_ed25519", "x <secret>", "<secret>", "<secret>", "<secret>", "after == ok", "dGV4dA==",
    ]  # fmt: skip


def test_an_unfinished_key_stops_hiding_at_the_first_other_line():
    redactor = LineRedactor()
    lines = [
        PEM.splitlines()[0],
        "Proc-Type: 4,ENCRYPTED",
        "",
        "b3Blbg==",
        "error: no such file, giving up",
        "YWJj",
    ]
    assert [redactor.feed(line) for line in lines] == ["<secret>"] * 4 + [
        "error: no such file, giving up",
        "YWJj",
    ]


@given(
    st.lists(
        st.sampled_from([*PEM.splitlines(), "password=", '"', "x", "eyJ", "://", "@", ":", " "]), max_size=12
    )
)
@settings(max_examples=300, deadline=None)
def test_redacting_twice_changes_nothing(pieces):
    once = redact("".join(pieces))
    assert redact(once) == once


@pytest.mark.parametrize(
    "unit",
    [
        "eyJ-",
        "bearer ",
        "://",
        "://a:b",
        'password="',
        "password='\"",
        "-----BEGIN ",
        "-----END ",
        "token  ",
        "dft_a-",
    ],
)
def test_repeated_openings_take_linear_time(unit):
    start = time.process_time()
    redact(unit * (200_000 // len(unit)))
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "said",
    [
        "value s3cr3t x",
        'expanding env "PW=s3cr3t \\"q\\" \\\\n \\u2028 é": function',
        'expanding env "PW=s3cr3t \\"q\\" \\\\n \\\\u2028 é": function',
    ],
)
def test_a_known_value_is_hidden_as_it_is_and_as_programs_quote_it(said):
    """Docker repeats a value in Go's quotes when it can't expand it; text.clean shows what is unseen."""
    veil = Veil(['s3cr3t "q" \\n \u2028 é', "s3cr3t x"])
    hidden = veil.over(said)
    assert "s3cr3t" not in hidden
    assert MASK in hidden


def test_each_line_of_a_value_is_hidden_and_short_ones_can_not_be():
    veil = Veil(["first line\nsecond line\n", "abc"])
    assert veil.over("x second line y abc") == f"x {MASK} y abc"
    assert Veil().over("all of it") == "all of it"


@given(st.text(min_size=4), st.text())
def test_no_value_of_four_letters_or_more_gets_through(value, around):
    shown = Veil([value]).over(f"{around}{value}{around}")
    stripped = value.strip()
    assert len(stripped) < 4 or stripped not in shown.replace(MASK, "\0") or stripped in MASK
