"""What an import from ~/.ssh/config offers, compared with what the real ssh makes of the same file."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daoflow_core.errors import InvalidInput, KeyRejected
from daoflow_core.model.ssh_config import Candidate, ConfigReading
from daoflow_core.ssh.config_blocks import MAX_BYTES, _words, matches
from daoflow_core.ssh.config_file import BEHIND, FORGE, HOPS, PATTERN, read_ssh_config
from daoflow_core.ssh.key_files import load_key_file


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir()
    return tmp_path


def reading(home: Path, text: str) -> ConfigReading:
    path = home / ".ssh" / "config"
    path.write_text(text)
    return read_ssh_config(str(path), home=home, local_user="mara")


def only(found: ConfigReading) -> Candidate:
    assert len(found.candidates) == 1, found
    return found.candidates[0]


def test_host_with_everything_set(home: Path) -> None:
    found = reading(
        home,
        "Host edge\n  HostName 203.0.113.42\n  Port 2222\n  User deploy\n  IdentityFile ~/.ssh/edge_ed25519\n",
    )
    key = str(home / ".ssh" / "edge_ed25519")
    assert only(found) == Candidate(
        "edge", "203.0.113.42", 2222, "deploy", key, f"{home}/.ssh/config:1", skip=""
    )


def test_host_without_settings_gets_ssh_s_own_defaults(home: Path) -> None:
    host = only(reading(home, "Host web1.example.org\n"))
    assert (host.host, host.port, host.user, host.identity_file) == ("web1.example.org", 22, "mara", None)


def test_usual_key_is_offered_when_none_is_named_and_it_exists(home: Path) -> None:
    (home / ".ssh" / "id_rsa").touch()
    assert only(reading(home, "Host a\n")).identity_file == str(home / ".ssh" / "id_rsa")
    (home / ".ssh" / "id_ed25519").touch()
    assert only(reading(home, "Host a\n")).identity_file == str(home / ".ssh" / "id_ed25519")
    assert only(reading(home, "Host a\nIdentityFile none\n")).identity_file is None


SAMPLE = """
# a comment
User=early
Host alpha beta
    HostName %h.example.org
    Port "2201"
Host gamma !delta ga*
    HostName 10.0.0.3
    IdentityFile ~/.ssh/%r_key
Host DELTA
    HostName = delta.example.org   # a note
    User late
Host eps?lon-1 alpha
    Port 7777
Host *
    Port 2299
    IdentityFile /keys/%h
"""


@pytest.mark.parametrize("alias", ["alpha", "beta", "gamma", "DELTA"])
def test_settings_are_those_the_real_ssh_would_use(alias: str, home: Path) -> None:
    found = reading(home, SAMPLE)
    ours = next(one for one in found.candidates if one.alias == alias)
    printed = subprocess.run(
        ["ssh", "-G", "-F", home / ".ssh" / "config", alias], check=True, capture_output=True, text=True
    ).stdout
    theirs = dict(line.split(" ", 1) for line in reversed(printed.splitlines()) if " " in line)
    assert (ours.host, str(ours.port), ours.user) == (theirs["hostname"], theirs["port"], theirs["user"])
    name = theirs["identityfile"].replace("%r", ours.user).replace("%h", ours.host)
    assert ours.identity_file == name.replace("~", str(home))


def test_patterns_are_listed_and_skipped(home: Path) -> None:
    found = reading(home, "Host *\n User x\nHost web-* db?\n")
    assert [(one.alias, one.skip) for one in found.candidates] == [("web-*", PATTERN), ("db?", PATTERN)]


@pytest.mark.parametrize(
    "body",
    ["Host github.com\n", "Host work\n HostName ssh.github.com\n", "Host code.example.org\n User git\n"],
)
def test_git_forge_is_no_shell_host(body: str, home: Path) -> None:
    assert only(reading(home, body)).skip == FORGE


def test_host_behind_a_program_is_skipped_and_none_lifts_it(home: Path) -> None:
    assert only(reading(home, "Host a\n ProxyCommand nc %h %p\n")).skip == BEHIND.format("ProxyCommand")
    assert only(reading(home, "Host a\n ProxyCommand none\n")).skip == ""


def test_one_jump_host_by_its_name_is_taken_and_no_other_way_to_write_it(home: Path) -> None:
    found = only(reading(home, "Host a\n ProxyJump bastion\n"))
    assert (found.jump, found.skip) == ("bastion", "")
    assert only(reading(home, "Host a\n ProxyJump none\n")).jump == ""
    for written in ("x,y", "me@bastion", "bastion:2222", "ssh://bastion", "-oProxyCommand=x", "%h"):
        assert only(reading(home, f"Host a\n ProxyJump {written}\n")).skip == HOPS.format(written)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("Host a\n Port 0\n", "SSH port"),
        ("Host a\n Port twentytwo\n", "SSH port"),
        ("Host a\n HostName -oProxyCommand=x\n", "host"),
        ("Host a\n User -root\n", "SSH user"),
        ("Host a;b\n", "name"),
    ],
)
def test_value_that_the_fields_refuse_is_skipped_with_their_reason(body: str, word: str, home: Path) -> None:
    assert word in only(reading(home, body)).skip


def test_include_takes_files_relative_to_the_ssh_folder(home: Path) -> None:
    (home / ".ssh" / "conf.d").mkdir()
    (home / ".ssh" / "conf.d" / "a.conf").write_text("Host one\n Port 2001\n")
    (home / ".ssh" / "conf.d" / "b.conf").write_text("Host two\n Port 2002\n")
    found = reading(home, "Include conf.d/*.conf\nHost three\n Port 2003\n")
    assert [(one.alias, one.port) for one in found.candidates] == [
        ("one", 2001),
        ("two", 2002),
        ("three", 2003),
    ]


def test_include_under_a_host_holds_for_that_host_only(home: Path) -> None:
    (home / ".ssh" / "extra").write_text("User extra\n")
    found = reading(home, f"Host a\n Include {home}/.ssh/extra\n Port 2001\nHost b\n")
    assert [(one.alias, one.user, one.port) for one in found.candidates] == [
        ("a", "extra", 2001),
        ("b", "mara", 22),
    ]


def test_include_that_includes_itself_ends(home: Path) -> None:
    found = reading(home, "Host a\nInclude config\n")
    assert only(found).alias == "a"
    assert "Too many files" in found.ignored[0].why


def test_include_of_nothing_is_nothing_and_of_a_directory_is_reported(home: Path) -> None:
    (home / ".ssh" / "folder").mkdir()
    found = reading(home, "Include missing*\nInclude folder\nHost a\n")
    assert only(found).alias == "a"
    assert found.ignored[0].why.endswith("It is a directory.")


def test_match_is_reported_and_never_run(home: Path, tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    found = reading(home, f'Match exec "touch {marker}"\n User evil\nHost a\nMatch all\n User other\n')
    assert only(found).user == "mara"
    assert [(one.keyword, one.source.rpartition(":")[2]) for one in found.ignored] == [
        ("Match", "1"),
        ("Match", "4"),
    ]
    assert not marker.exists()


@pytest.mark.parametrize(
    "keyword", ["UserKnownHostsFile", "StrictHostKeyChecking", "ProxyCommand", "LocalCommand"]
)
def test_setting_without_effect_is_reported(keyword: str, home: Path) -> None:
    assert [one.keyword for one in reading(home, f"Host a\n {keyword} yes\n").ignored] == [keyword]


def test_file_is_not_changed_and_nothing_appears_beside_it(home: Path) -> None:
    reading(home, SAMPLE)
    assert (home / ".ssh" / "config").read_text() == SAMPLE
    assert [path.name for path in (home / ".ssh").iterdir()] == ["config"]


def test_missing_file_and_too_big_file_are_errors_with_a_next_step(home: Path) -> None:
    with pytest.raises(InvalidInput, match="can't be read") as caught:
        read_ssh_config(str(home / "nothing"), home=home, local_user="mara")
    assert caught.value.why == "There is no such file."
    with pytest.raises(InvalidInput, match="256 KiB"):
        reading(home, "#" * (MAX_BYTES + 1))


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert all(isinstance(word, str) for word in _words(text))
    assert matches((text,), text) or any(sign in text for sign in "!*?[\\") or not text


@given(st.binary(max_size=400))
def test_any_file_is_read_without_an_error(data: bytes) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"Host " + data)
        file.flush()
        read_ssh_config(file.name, home=Path("/nonexistent"), local_user="mara")


# ---- key files ----


def test_key_file_is_read_with_the_tilde_expanded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".ssh" / "k").write_bytes(b"key")
    monkeypatch.setenv("HOME", str(home))
    assert load_key_file("~/.ssh/k") == b"key"


def test_key_file_that_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, why in (
        ("", "No file has such a name."),
        ("a\0b", "No file has such a name."),
        (str(tmp_path / "missing"), "There is no such file."),
        (str(tmp_path), "It is a directory."),
        (str(tmp_path / "fifo"), "It is not a regular file."),
        ("/dev/zero", "It is not a regular file."),
        ("~no-such-user/key", "It names the home of a user who does not exist."),
        ("x" * 5000, "File name too long."),
    ):
        with pytest.raises(InvalidInput) as caught:
            load_key_file(path)
        assert caught.value.why == why
        assert caught.value.next_step
        assert len(caught.value.message) < 200


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "k").touch(0o000)
    with pytest.raises(InvalidInput) as caught:
        load_key_file(str(tmp_path / "k"))
    assert caught.value.why == "This user may not read it."


def test_key_file_over_the_limit_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"")
    os.truncate(tmp_path / "k", 1 << 40)
    with pytest.raises(KeyRejected) as caught:
        load_key_file(str(tmp_path / "k"))
    assert caught.value.details["reason"] == "too-big"
