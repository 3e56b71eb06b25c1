"""What may be taken in as a certificate, what it is then said to be, and how chains are judged."""

from __future__ import annotations

import ipaddress
import subprocess
import warnings
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from tests.parse.authority import NOW, Made, family, key, make, material, name, pfx

from daoflow_core import expiry
from daoflow_core.errors import CertificateRejected
from daoflow_core.parse.certificate_refusals import REASONS, refusal
from daoflow_core.parse.certificates import read_bundle

HOME = family()
LEAF, MIDDLE, ROOT = HOME.leaf, HOME.middle, HOME.root
ROOTS = (ROOT.certificate,)
STRANGER = make("other.example")


def openssl(*words: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *words], input=data, check=True, capture_output=True).stdout


def request() -> bytes:
    signed = x509.CertificateSigningRequestBuilder().subject_name(name("x")).sign(key(), hashes.SHA256())
    return signed.public_bytes(Encoding.PEM)


def public() -> bytes:
    return key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def flipped(pem: bytes) -> bytes:
    lines = pem.splitlines(keepends=True)
    return b"".join([lines[0], b"AAAA" + lines[1][4:], *lines[2:]])


def with_key(data: bytes, one: Made = LEAF, **more):
    return lambda: material(data, one.key_pem(), **more)


def alone(data: bytes, **more):
    return lambda: material(data, **more)


def dsa_key() -> bytes:
    return dsa.generate_private_key(1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def reversed_dates() -> bytes:
    """Signed by openssl: the library's own builder would not."""
    words = ("req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=x", "-keyout", "/dev/null")
    return openssl(*words, "-not_before", "20260102000000Z", "-not_after", "20260101000000Z")


LOOP_A = make("Loop A", authority=True)
LOOP_LEAF = make("loop.example", LOOP_A)

BAD = {
    "nothing given": ("empty", lambda: material()),
    "empty": ("empty", alone(b"")),
    "blanks": ("empty", alone(b" \n\t\n")),
    "over 256 KiB": ("too-big", alone(LEAF.pem + b"\n" * 262144)),
    "der": ("der", alone(LEAF.der)),
    "request": ("request", lambda: material(request())),
    "key in its place": ("key-inside", alone(LEAF.key_pem())),
    "key beside it": ("key-inside", alone(LEAF.pem + LEAF.key_pem())),
    "encrypted key beside it": ("key-inside", alone(LEAF.pem + LEAF.key_pem(b"word"))),
    "public key": ("public-key", lambda: material(public())),
    "trusted form": ("trusted-form", alone(LEAF.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"))),
    "pkcs7": ("pkcs7", alone(b"-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n")),
    "html": ("not-a-certificate", alone(b"<html><body>404</body></html>")),
    "words": ("not-a-certificate", alone(b"hunter2")),
    "ssh key": ("not-a-certificate", alone(b"ssh-ed25519 AAAA x")),
    "backslash n": ("damaged", alone(LEAF.pem.replace(b"\n", b"\\n"))),
    "cut": ("damaged", alone(LEAF.pem[:200])),
    "cut in the second": ("damaged", alone(LEAF.pem + MIDDLE.pem[:200])),
    "no base64": ("damaged", alone(LEAF.pem.replace(b"MII", b"M!!", 1))),
    "flipped first bytes": ("damaged", alone(flipped(LEAF.pem))),
    "a line missing": (
        "damaged",
        alone(b"".join(LEAF.pem.splitlines(keepends=True)[:3] + LEAF.pem.splitlines(keepends=True)[4:])),
    ),
    "empty block": ("damaged", alone(b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")),
    "key in the chain": ("key-inside", alone(LEAF.pem, chain=MIDDLE.pem + MIDDLE.key_pem())),
    "chain is no certificate": ("not-a-certificate", alone(LEAF.pem, chain=b"x")),
    "chain is empty": ("empty", alone(LEAF.pem, chain=b"")),
    "chain is der": ("der", alone(LEAF.pem, chain=MIDDLE.der)),
    "chain of a stranger": ("chain-unrelated", with_key(LEAF.pem, chain=STRANGER.pem)),
    "chain with a stranger in it": ("chain-unrelated", with_key(LEAF.pem, chain=MIDDLE.pem + STRANGER.pem)),
    "issuer by name only": (
        "chain-unrelated",
        with_key(LEAF.pem, chain=make("Example Issuing", authority=True).pem),
    ),
    "issuer that is no authority": (
        "chain-unrelated",
        lambda: material(
            make("x.example", STRANGER, own_key=key("ec", 7)).pem,
            Made(STRANGER.certificate, key("ec", 7)).key_pem(),
            STRANGER.pem,
        ),
    ),
    "two leaves": ("several-leaves", alone(LEAF.pem + STRANGER.pem)),
    "another's key": ("key-mismatch", lambda: material(LEAF.pem, STRANGER.key_pem())),
    "the issuer's key": ("key-mismatch", lambda: material(LEAF.pem, ROOT.key_pem(), MIDDLE.pem)),
    "a key of another kind": (
        "key-mismatch",
        lambda: material(LEAF.pem, Made(LEAF.certificate, key("ed25519")).key_pem()),
    ),
    "empty key": ("key-empty", lambda: material(LEAF.pem, b"\n")),
    "key over its size": ("key-too-big", lambda: material(LEAF.pem, b"x" * 40000)),
    "certificate for a key": ("key-not-a-key", lambda: material(LEAF.pem, LEAF.pem)),
    "public key for a key": ("key-not-a-key", lambda: material(LEAF.pem, public())),
    "key in der": ("key-not-a-key", lambda: material(LEAF.pem, b"\x30\x81\x87")),
    "cut key": ("key-damaged", lambda: material(LEAF.pem, LEAF.key_pem()[:120])),
    "locked key": ("key-passphrase-required", lambda: material(LEAF.pem, LEAF.key_pem(b"word"))),
    "locked key, old form": (
        "key-passphrase-required",
        lambda: material(LEAF.pem, LEAF.key_pem(b"word", PrivateFormat.TraditionalOpenSSL)),
    ),
    "wrong passphrase": (
        "key-passphrase-wrong",
        lambda: material(LEAF.pem, LEAF.key_pem(b"word"), passphrase=b"sword"),
    ),
    "dsa key": ("key-mismatch", lambda: material(LEAF.pem, dsa_key())),
    "rsa too long": ("key-too-long", lambda: material(_signed_with_a_public_key_of(16384))),
    "pfx damaged": ("pfx-not-opened", lambda: material(pfx=pfx(LEAF)[:-20], passphrase=b"word")),
    "pfx locked": ("pfx-not-opened", lambda: material(pfx=pfx(LEAF))),
    "pfx wrong passphrase": ("pfx-not-opened", lambda: material(pfx=pfx(LEAF), passphrase=b"x")),
    "pfx is pem": ("pfx-not-opened", lambda: material(pfx=LEAF.pem)),
    "pfx without key": (
        "no-key",
        lambda: material(pfx=pfx(LEAF, LEAF, with_key=False), passphrase=b"word"),
    ),
    "pfx and pem": ("pfx-and-pem", lambda: material(LEAF.pem, pfx=pfx(LEAF), passphrase=b"word")),
}


def _signed_with_a_public_key_of(bits: int) -> bytes:
    """A certificate about a public key that nobody has the private part of: making one would take minutes."""
    numbers = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) + 12345)
    huge = type("Huge", (), {"public_key": lambda self: numbers.public_key()})()
    return make("huge.example", ROOT, own_key=huge).pem


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_usable_certificate_is_refused_with_its_own_reason(case):
    reason, given = BAD[case]
    with pytest.raises(CertificateRejected) as refused:
        read_bundle(given(), ROOTS)
    assert refused.value.details["reason"] == reason
    assert refused.value.next_step


@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_says_what_and_what_next(reason):
    error = refusal(reason)
    assert error.message.endswith(".")
    assert error.next_step.endswith(".")


def test_there_are_as_many_bad_inputs_as_promised():
    assert len(BAD) >= 40


GOOD = {
    "pem": material(LEAF.pem, LEAF.key_pem()),
    "line ends of Windows": material(
        LEAF.pem.replace(b"\n", b"\r\n"), LEAF.key_pem().replace(b"\n", b"\r\n")
    ),
    "spaces for line ends": material(LEAF.pem.replace(b"\n", b" "), LEAF.key_pem()),
    "no last line end": material(LEAF.pem.rstrip(), LEAF.key_pem().rstrip()),
    "text before it": material(b"Certificate:\n    Data:\n" + LEAF.pem, LEAF.key_pem()),
    "byte order mark": material(b"\xef\xbb\xbf" + LEAF.pem, LEAF.key_pem()),
    "twice the same": material(LEAF.pem * 2, LEAF.key_pem()),
    "key in its old form": material(LEAF.pem, LEAF.key_pem(form=PrivateFormat.TraditionalOpenSSL)),
    "locked key": material(LEAF.pem, LEAF.key_pem(b"word"), passphrase=b"word"),
    "pfx": material(pfx=pfx(LEAF), passphrase=b"word"),
    "pfx without passphrase": material(pfx=pfx(LEAF, passphrase=None)),
    "without key": material(LEAF.pem),
}


@pytest.mark.parametrize("case", GOOD)
def test_the_facts_are_those_of_the_certificate_whatever_its_form(case):
    facts = read_bundle(GOOD[case], ROOTS).facts
    said = openssl("x509", "-noout", "-fingerprint", "-sha256", data=LEAF.pem).decode()
    assert facts.fingerprint == "sha256:" + said.split("=")[1].strip().replace(":", "").lower()
    assert (facts.subject, facts.issuer) == ("CN=shop.example", "CN=Example Issuing")
    assert facts.domains == ("shop.example", "*.shop.example", "10.0.0.7")
    assert (facts.serial, facts.key_type, facts.key_bits) == ("1234", "ecdsa secp256r1", 256)
    assert facts.not_after == "2027-02-13T12:00:00.000Z"
    assert facts.has_private_key is (case != "without key")
    assert facts.trust == "incomplete"


def chained(*issuers: Made, leaf: Made = LEAF, roots=ROOTS):
    chain = b"".join(one.pem for one in issuers) or None
    return read_bundle(material(leaf.pem, leaf.key_pem(), chain), roots).facts


def subjects(facts) -> list[str]:
    return [link.subject.removeprefix("CN=") for link in facts.chain]


def test_a_chain_that_ends_at_a_root_of_this_machine_is_trusted():
    assert chained(MIDDLE).trust == "trusted"
    assert chained(MIDDLE, ROOT).trust == "trusted"


def test_a_missing_intermediate_is_incomplete():
    assert chained().trust == "incomplete"
    assert chained(MIDDLE, roots=()).trust == "incomplete"


def test_a_root_that_only_came_along_is_private():
    assert chained(MIDDLE, ROOT, roots=()).trust == "private"


def test_a_root_with_the_right_name_and_another_key_gives_no_trust():
    impostor = make("Example Root", authority=True, days=(-1000, 2000))
    assert chained(MIDDLE, roots=(impostor.certificate,)).trust == "incomplete"


def test_a_certificate_that_signed_itself_is_self_signed_unless_it_is_trusted_itself():
    assert chained(leaf=STRANGER).trust == "self_signed"
    assert chained(leaf=STRANGER, roots=(STRANGER.certificate,)).trust == "trusted"


@pytest.mark.parametrize("given", [(MIDDLE, ROOT), (ROOT, MIDDLE), (ROOT, MIDDLE, ROOT)])
def test_a_chain_is_put_in_order_however_it_comes(given):
    assert subjects(chained(*given)) == ["Example Issuing", "Example Root"]


def test_a_full_chain_in_the_certificate_s_own_file_is_taken_apart_by_the_key_or_without_one():
    for key_pem in (LEAF.key_pem(), None):
        facts = read_bundle(material(ROOT.pem + MIDDLE.pem + LEAF.pem, key_pem), ROOTS).facts
        assert facts.subject == "CN=shop.example"
        assert subjects(facts) == ["Example Issuing", "Example Root"]


def test_a_chain_in_a_pfx_is_read_too():
    facts = read_bundle(material(pfx=pfx(LEAF, ROOT, MIDDLE), passphrase=b"word"), ROOTS).facts
    assert (facts.trust, subjects(facts)) == ("trusted", ["Example Issuing", "Example Root"])


def test_two_certificates_of_one_issuer_make_one_chain_with_the_longer_lasting_and_it_is_said():
    again = make("Example Issuing", ROOT, authority=True, days=(-1, 1500), own_key=MIDDLE.key)
    bundle = read_bundle(material(LEAF.pem, LEAF.key_pem(), MIDDLE.pem + again.pem), ROOTS)
    assert [link.fingerprint for link in bundle.facts.chain] == [
        "sha256:" + again.certificate.fingerprint(hashes.SHA256()).hex()
    ]
    assert bundle.warnings == ("A second certificate of the same issuer was left out of the chain.",)


def test_two_authorities_that_issued_each_other_do_not_run_in_circles():
    first = make("Loop One", authority=True)
    second = make("Loop Two", first, authority=True)
    circled = make("Loop One", second, authority=True, own_key=first.key)
    leaf = make("loop.example", second)
    facts = read_bundle(material(leaf.pem, leaf.key_pem(), second.pem + circled.pem), ()).facts
    assert (subjects(facts), facts.trust) == (["Loop Two", "Loop One"], "incomplete")


def test_a_chain_longer_than_ten_is_refused():
    chain = [make("A0", authority=True)]
    for number in range(1, 13):
        chain.append(make(f"A{number}", chain[-1], authority=True))
    leaf = make("deep.example", chain[-1])
    with pytest.raises(CertificateRejected) as refused:
        chained(*chain, leaf=leaf)
    assert refused.value.details["reason"] == "chain-too-long"


def signed_with_sha1() -> Made:
    """Made by openssl: the library signs nothing with SHA-1 any more."""
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha1", "-subj", "/CN=x", "-days", "90")
    both = openssl(
        *words, "-keyout", "-", "-addext", "subjectAltName=DNS:x", "-addext", "basicConstraints=CA:FALSE"
    )
    return Made(x509.load_pem_x509_certificate(both), load_pem_private_key(both, None))


WEAK = {
    "rsa-short": lambda: make("x.example", ROOT, own_key=key("rsa1024")),
    "signature-weak": lambda: signed_with_sha1(),
    "authority": lambda: make("x.example", ROOT, authority=True, names=("x.example",)),
    "no-names": lambda: make("x.example", ROOT, names=()),
    "long-lived": lambda: make("x.example", ROOT, days=(-1, 800)),
}


@pytest.mark.parametrize("code", WEAK)
def test_each_weakness_is_named(code):
    with warnings.catch_warnings(action="ignore"):
        one = WEAK[code]()
    facts = chained(leaf=one)
    assert facts.weaknesses == (code,)
    assert ("weak" in expiry.problems(asdict(facts), NOW)) is (code in expiry.WEAK)


@pytest.mark.parametrize("kind", ["ec", "p521", "ed25519", "rsa2048"])
def test_usual_kinds_of_keys_are_not_weak(kind):
    one = make("x.example", ROOT, own_key=key(kind))
    assert chained(leaf=one).weaknesses == ()


def test_a_thousand_names_and_names_that_are_twice_there_are_kept_once_each():
    many = tuple(f"h{number}.example" for number in range(1000))
    assert chained(leaf=make("x.example", ROOT, names=(*many, *many[:3]))).domains == many


@pytest.mark.parametrize("hostile", ["\x1b]52;c;AAAA\x07", "a\u202eb", "a\nb", "\x9b31m"])
def test_no_text_of_a_certificate_can_drive_a_terminal(hostile):
    facts = chained(leaf=make(f"x{hostile}", ROOT, names=("x.example",)))
    assert facts.subject.isprintable()


def test_emoji_and_foreign_letters_stay():
    assert "münchen 🐙" in chained(leaf=make("münchen 🐙", ROOT, names=("x.example",))).subject


def test_an_empty_subject_and_the_end_of_time_are_read():
    last = (-1, (datetime(9999, 12, 31, tzinfo=UTC) - NOW).days)
    facts = chained(leaf=make("", ROOT, names=("x.example",), days=last))
    assert facts.subject == ""
    assert facts.not_after.startswith("9999-12-3")
    assert expiry.status(asdict(facts), NOW) == "valid"


@pytest.mark.parametrize(
    ("days", "status", "left"),
    [
        ((-10, 31), "valid", 31),
        ((-10, 30), "expiring", 30),
        ((-10, 8), "expiring", 8),
        ((-10, 7), "critical", 7),
        ((-10, 0.5), "critical", 0),
        ((-10, 0), "expired", 0),
        ((-10, -0.5), "expired", -1),
        ((1, 80), "not_yet_valid", 80),
    ],
)
def test_the_status_follows_the_clock(days, status, left):
    facts = asdict(chained(leaf=make("x.example", ROOT, days=days)))
    assert (expiry.status(facts, NOW), expiry.days_left(facts, NOW)) == (status, left)


def test_a_chain_that_ends_sooner_than_its_leaf_counts():
    short = make("Example Short", ROOT, authority=True, days=(-100, 5))
    facts = asdict(chained(short, leaf=make("x.example", short)))
    assert (expiry.status(facts, NOW), expiry.days_left(facts, NOW)) == ("critical", 5)


def test_every_problem_is_told_most_pressing_first():
    with warnings.catch_warnings(action="ignore"):
        one = make("x.example", own_key=key("rsa1024"), days=(-10, 3))
    assert expiry.problems(asdict(chained(leaf=one)), NOW) == ["critical", "weak", "self_signed"]


def constrained(*, path_length: int | None = None, constraints: x509.NameConstraints | None = None):
    """A leaf below two issuers, the upper of which limits what may be below it."""
    upper = make(
        "Upper", ROOT, authority=True, days=(-90, 90), path_length=path_length, constraints=constraints
    )
    lower = make("Lower", upper, authority=True, days=(-60, 85))
    return chained(lower, upper, leaf=make("shop.example", lower, names=("shop.example", "10.0.0.7")))


def network(text: str) -> x509.IPAddress:
    return x509.IPAddress(ipaddress.ip_network(text))


@pytest.mark.parametrize(
    ("limits", "trust", "weaknesses"),
    [
        ({"path_length": 1}, "trusted", ()),
        ({"path_length": 0}, "constrained", ("path-length",)),
        ({"constraints": x509.NameConstraints([x509.DNSName("shop.example"), network("10.0.0.0/8")], None)}, "trusted", ()),
        ({"constraints": x509.NameConstraints([x509.DNSName("other.example")], None)}, "constrained", ("name-constraints",)),
        ({"constraints": x509.NameConstraints(None, [x509.DNSName("shop.example")])}, "constrained", ("name-constraints",)),
        ({"constraints": x509.NameConstraints([network("192.0.2.0/24")], None)}, "constrained", ("name-constraints",)),
        ({"constraints": x509.NameConstraints([x509.DirectoryName(name("Unit"))], None)}, "trusted", ("constraints-not-checked",)),
    ],
)  # fmt: skip
def test_what_an_issuer_does_not_allow_is_not_trusted_and_what_can_not_be_checked_is_said(
    limits, trust, weaknesses
):
    facts = constrained(**limits)
    assert (facts.trust, facts.weaknesses) == (trust, weaknesses)
    expected = ["untrusted_chain"] if trust == "constrained" else []
    assert expiry.problems(asdict(facts), NOW) == expected


def test_an_ended_or_unrooted_chain_is_held_against_its_limits_too():
    old = make("Old Root", authority=True, days=(-900, -100), path_length=0)
    middle = make("Old Issuing", old, authority=True, days=(-800, -200))
    facts = chained(middle, old, leaf=make("shop.example", middle, days=(-400, -250)), roots=())
    assert (facts.trust, facts.weaknesses) == ("constrained", ("path-length",))
