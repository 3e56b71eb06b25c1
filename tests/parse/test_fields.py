"""Every field refuses what could mislead a person, a shell or another program, and says what it wants."""

import pytest

from daoflow_core.errors import InvalidInput
from daoflow_core.parse import fields

HOSTILE = [
    "",
    " ",
    "-rf",
    "--help",
    "a\nb",
    "a\n",
    "a\0b",
    "a;b",
    "$(id)",
    "`id`",
    "a|b",
    "a\x1b[31m",
    "x" * 4096,
    "ａｂｃ",
    "a​b",
    "a‮b",
]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "field", [fields.server_name, fields.host, fields.ssh_user, fields.region, fields.port, fields.key_name]
)
def test_a_field_refuses_hostile_text_and_repeats_none_of_its_control_characters(field, value):
    if value == "a\n" and field is not fields.port:
        assert field(value) == "a"  # surrounding white space is dropped, never kept
        return
    with pytest.raises(InvalidInput) as refusal:
        field(value)
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 200
    assert refusal.value.why


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("203.0.113.42", "203.0.113.42"),
        ("EXAMPLE.com.", "example.com"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("edge_1", "edge_1"),
    ],
)
def test_hosts_are_addresses_or_names(value, clean):
    assert fields.host(value) == clean


@pytest.mark.parametrize(
    "value", ["1.2.3", "256.1.1.1", "fe80::1%eth0", "a..b", "-a.b", "a-.b", "http://x", "user@host", "a/b"]
)
def test_what_only_looks_like_a_host_is_refused(value):
    with pytest.raises(InvalidInput):
        fields.host(value)


@pytest.mark.parametrize("value", ["0", "65536", "22x", "0x16", "1e3", "-22", "2 2", "²²", "99999999"])
def test_a_port_is_plain_decimal_digits_in_range(value):
    with pytest.raises(InvalidInput):
        fields.port(value)


def test_a_name_never_has_the_form_of_an_id():
    with pytest.raises(InvalidInput):
        fields.server_name("srv_" + "0" * 26)


def test_a_fingerprint_is_whole():
    whole = "SHA256:" + "A" * 43
    assert fields.fingerprint(f" {whole} ") == whole
    for part in (whole[:-1], whole + "=", whole.lower(), "MD5:" + "A" * 43):
        with pytest.raises(InvalidInput):
            fields.fingerprint(part)
