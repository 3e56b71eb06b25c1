"""`access-assets certificate`: taken in, counted down everywhere, rotated, and never given out again."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.parse import authority
from tests.parse.authority import make, pfx

CERTIFICATE = ("access-assets", "certificate")


@pytest.fixture(autouse=True)
def _certificates_of_today(monkeypatch):
    """Validity in days from the real now: the command line reads the real clock."""
    monkeypatch.setattr(authority, "NOW", datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1))


@pytest.fixture
def files(tmp_path):
    """Writes a certificate's files and gives the options that name them."""

    def write(one, *issuers, stem="web", key=True):
        parts = {"certificate": one.pem, "private-key": one.key_pem() if key else None}
        parts["ca-chain"] = b"".join(two.pem for two in issuers) or None
        words = []
        for part, data in parts.items():
            if data is not None:
                path = tmp_path / f"{stem}.{part}"
                path.write_bytes(data)
                words += [f"--{part}-file", str(path)]
        return words

    return write


@pytest.fixture
def take(cli, files):
    """Takes a certificate in and gives its document."""

    def call(name="web", days=(-10, 80), **how):
        words = files(make(f"{name}.example", days=days, **how), stem=name)
        return cli(*CERTIFICATE, "create", "--name", name, *words, "--yes", "--json").data["certificate"]

    return call


def test_a_certificate_with_key_and_chain_is_taken_in_and_shown_by_its_facts(cli, files):
    root = make("Root", authority=True, days=(-100, 900))
    words = files(make("shop.example", root, names=("shop.example", "10.0.0.7")), root)
    made = cli(*CERTIFICATE, "create", "--name", "shop", *words, "--yes", "--json").data["certificate"]
    assert (made["status"], made["chainTrust"], made["daysLeft"]) == ("untrusted_chain", "private", 80)
    assert made["domains"] == ["shop.example", "10.0.0.7"]
    assert (made["hasPrivateKey"], made["hasCaChain"]) == (True, True)
    shown = cli(*CERTIFICATE, "show", "--certificate-id", "shop")
    assert "shop.example, 10.0.0.7" in shown.out
    assert "in 80 d" in cli(*CERTIFICATE, "list").out


def test_a_pfx_is_opened_with_its_passphrase(cli, tmp_path):
    (tmp_path / "x.pfx").write_bytes(pfx(make("x.example")))
    words = (*CERTIFICATE, "create", "--name", "x", "--pfx-file", str(tmp_path / "x.pfx"), "--yes", "--json")
    refused = cli(*words)
    assert (refused.code, refused.document["reason"]) == ("CERTIFICATE_REJECTED", "pfx-not-opened")
    (tmp_path / "phrase").write_text("word\n")
    assert (
        cli(*words, "--passphrase-file", str(tmp_path / "phrase")).data["certificate"]["hasPrivateKey"]
        is True
    )


def test_another_s_key_is_refused_and_nothing_is_written(cli, files, counted):
    cli("server", "list")
    before = counted()
    words = files(make("a.example"), stem="a")
    files(make("b.example"), stem="b")
    words[-1] = words[-1].replace("a.private-key", "b.private-key")
    refused = cli(*CERTIFICATE, "create", "--name", "a", *words, "--yes", "--json")
    assert refused.document["reason"] == "key-mismatch"
    assert counted() == before


@pytest.mark.parametrize(
    ("days", "status", "doctor"),
    [(31, None, "warn"), (29, "expiring", "warn"), (6, "critical", "fail"), (-2, "expired", "fail")],
)
def test_an_end_in_30_and_in_7_days_is_raised_by_status_and_doctor(cli, take, days, status, doctor):
    take(days=(-10, days))
    found = cli("status", "--json").data["certificates"]
    assert found["total"] == 1
    assert [one["status"] for one in found["ending"]] == ([] if status is None else [status])
    assert ("certificate web" in cli("status").out) is (status is not None)
    answer = cli("doctor", "--json").document
    (check,) = [one for one in answer["data"]["checks"] if one["name"] == "Certificates"]
    assert check["status"] == doctor  # self-signed, so never quite well
    assert (status or "self signed") in check["detail"]


def test_use_is_recorded_told_and_keeps_a_certificate_from_being_deleted_unawares(cli, take, ready):
    take()
    use = ("--certificate-id", "web", "--server-id", "edge", "--yes", "--json")
    assert cli(*CERTIFICATE, "attach", *use).data["changed"] is True
    assert cli(*CERTIFICATE, "attach", *use).data["changed"] is False
    shown = cli(*CERTIFICATE, "show", "--certificate-id", "web", "--json").data["certificate"]
    assert shown["servers"] == [{"id": ready, "name": "edge"}]
    delete = (*CERTIFICATE, "delete", "--certificate-id", "web", "--yes", "--json")
    assert cli(*delete).code == "ASSET_IN_USE"
    newest = cli("audit", "list", "--limit", "1", "--json").data["entries"][0]
    assert (newest["action"], newest["phase"]) == ("certificate.delete", "denied")
    assert newest["detail"]["reason"] == "The certificate web is in use. edge uses it."
    assert cli(*delete, "--detach").data["detachedFrom"] == [{"id": ready, "name": "edge"}]
    assert cli(*CERTIFICATE, "list", "--json").data["certificates"] == []


def test_a_removed_server_uses_nothing_any_more(cli, take, ready):
    take()
    cli(*CERTIFICATE, "attach", "--certificate-id", "web", "--server-id", "edge", "--yes")
    cli("server", "remove", "--server", "edge", "--yes")
    assert cli(*CERTIFICATE, "delete", "--certificate-id", "web", "--yes").status == 0


def test_a_rotation_keeps_id_and_use_says_what_was_lost_and_leaves_the_old_facts_in_the_audit(
    cli, files, take, ready, home
):
    old = take(names=("web.example", "api.example"))
    cli(*CERTIFICATE, "attach", "--certificate-id", "web", "--server-id", "edge", "--yes")
    words = files(make("web.example", days=(-1, 60)), stem="next", key=False)
    done = cli(*CERTIFICATE, "rotate", "--certificate-id", "web", *words, "--yes", "--json").data
    assert done["certificate"]["id"] == old["id"]
    assert done["previousFingerprint"] == old["fingerprint"]
    told = " ".join(done["warnings"])
    for word in ("api.example", "does not last longer", "without a private key", "edge"):
        assert word in told
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as database, database:
        fields = database.execute(
            "select field, version from sealed where owner_table = 'certificates'"
        ).fetchall()
    database.close()
    assert fields == [("certificate", 2)]
    entries = cli("audit", "list", "--limit", "5", "--json").data["entries"]
    detail = next(one["detail"] for one in entries if one["action"] == "certificate.rotate")
    assert detail["from"]["fingerprint"] == old["fingerprint"]
    same = cli(*CERTIFICATE, "rotate", "--certificate-id", "web", *words, "--yes", "--json")
    assert same.code == "CONFLICT"


def test_every_change_has_its_intent_and_outcome_and_none_happens_without_yes(
    cli, take, files, ready, counted
):
    take()
    new = files(make("new.example"), stem="new")
    use = ("--certificate-id", "web", "--server-id", "edge")
    lines = {
        "create": ("--name", "new", *new),
        "attach": use,
        "detach": use,
        "rotate": ("--certificate-id", "web", *files(make("other.example"), stem="other")),
        "delete": ("--certificate-id", "web"),
    }
    for verb, words in lines.items():
        before = counted()
        assert cli(*CERTIFICATE, verb, *words, "--json").code == "CONFIRMATION_REQUIRED"
        assert counted() == before
        assert cli(*CERTIFICATE, verb, *words, "--yes").status == 0, verb
        newest = cli("audit", "list", "--limit", "2", "--json").data["entries"]
        assert [(one["action"], one["phase"]) for one in newest] == [
            (f"certificate.{verb}", "outcome"),
            (f"certificate.{verb}", "intent"),
        ]


def test_no_read_surface_and_no_page_of_the_store_holds_a_body_or_a_private_key(
    cli, take, files, ready, home
):
    one = make("secret.example")
    words = files(one, stem="secret")
    said = [cli(*CERTIFICATE, "create", "--name", "secret", *words, "--yes", "--json").out]
    use = ("--certificate-id", "secret", "--server-id", "edge", "--yes", "--json")
    for line in (
        (*CERTIFICATE, "list", "--json"),
        (*CERTIFICATE, "list"),
        (*CERTIFICATE, "show", "--certificate-id", "secret", "--json"),
        (*CERTIFICATE, "show", "--certificate-id", "secret"),
        (*CERTIFICATE, "attach", *use),
        (*CERTIFICATE, "create", "--name", "twice", *words, "--yes", "--json"),
        (*CERTIFICATE, "create", "--name", "bad", *words[:-1], words[1], "--yes", "--json"),
        ("status", "--json"),
        ("doctor", "--json"),
        ("server", "show", "--server", "edge", "--json"),
        ("audit", "list", "--limit", "100", "--json"),
        (*CERTIFICATE, "detach", *use),
    ):
        answer = cli(*line)
        said += [answer.out, answer.err]
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    canaries = [piece for pem in (one.pem, one.key_pem()) for piece in pieces(pem)]
    assert len(canaries) > 10
    for canary in canaries:
        assert not [text for text in said if canary.decode() in text]
        assert canary not in stored
        assert base64.b64decode(canary + b"=" * (-len(canary) % 4)) not in stored
    assert not [text for text in said if "BEGIN " in text]


def pieces(pem: bytes) -> list[bytes]:
    """Runs of a PEM's body, long enough to be nobody else's."""
    body = b"".join(pem.splitlines()[1:-1])
    return [body[start : start + 32] for start in range(64, len(body) - 32, 32)]


def test_the_vault_tells_of_every_part_of_a_certificate_that_is_gone_or_damaged(cli, files, home):
    root = make("Root", authority=True, days=(-100, 900))
    words = files(make("shop.example", root), root)
    assert cli(*CERTIFICATE, "create", "--name", "shop", *words, "--yes").status == 0
    assert cli("vault", "verify", "--json").data["values"] == 3
    with closing(sqlite3.connect(home / "daoflow.db", isolation_level=None)) as stranger:
        stranger.execute("delete from sealed where field = 'ca_chain'")
    told = cli("vault", "verify", "--json")
    assert told.status == 1
    assert "The ca chain of certificate shop is missing." in told.out
    assert "The ca chain of certificate shop is missing." in cli("doctor").out
    with closing(sqlite3.connect(home / "daoflow.db", isolation_level=None)) as stranger:
        stranger.execute("update sealed set blob = x'00'")
    assert cli("vault", "verify", "--json").document["error"] == "3 of 3 sealed values do not open."
