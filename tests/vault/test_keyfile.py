"""The key file is read from a private file in a private folder, and every trap on its path is refused."""

from __future__ import annotations

import fcntl
import os
import shlex
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from daoflow_core.errors import StoreFull, StoreReadOnly, UnsafePermissions, VaultLocked
from daoflow_core.vault.keyfile import make_key_file, read_key_file

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture
def key(tmp_path) -> Path:
    """A good key file."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    make_key_file(home / "vault.key")
    return home / "vault.key"


def refused(path: Path) -> UnsafePermissions:
    with pytest.raises(UnsafePermissions) as error:
        read_key_file(path)
    assert path.name in error.value.message
    return error.value


def test_a_made_key_file_is_private_whole_and_read_again(key):
    found = key.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_nlink, found.st_size) == (0o600, 1, 44)
    assert read_key_file(key).key == make_key_file(key).key
    assert [entry.name for entry in key.parent.iterdir()] == ["vault.key"]


def test_two_key_files_differ(key, tmp_path):
    assert make_key_file(key.with_name("other")).key != read_key_file(key).key


@pytest.mark.parametrize("mask", [0, 0o077, 0o777])
def test_the_umask_does_not_matter(tmp_path, mask):
    before = os.umask(mask)
    try:
        make_key_file(tmp_path / "vault.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "vault.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("bits", [0o644, 0o640, 0o660, 0o604, 0o666, 0o700, 0o4600])
def test_another_mode_is_refused_and_the_next_step_mends_it(key, bits):
    key.chmod(bits)
    error = refused(key)
    assert error.next_step == f"chmod 600 {key}"
    subprocess.run(shlex.split(error.next_step), check=True)
    read_key_file(key)


def test_a_key_file_only_readable_is_fine(key):
    key.chmod(0o400)
    read_key_file(key)


@pytest.mark.parametrize("bits", [0o770, 0o702, 0o777])
def test_a_folder_others_can_write_is_refused_and_the_next_step_mends_it(key, bits):
    key.parent.chmod(bits)
    error = refused(key)
    assert error.next_step == f"chmod go-w {key.parent}"
    subprocess.run(shlex.split(error.next_step), check=True)
    read_key_file(key)


def test_a_shared_folder_is_refused_without_advice_to_close_it(key):
    key.parent.chmod(0o1777)
    error = refused(key)
    assert "which everybody shares" in error.message
    assert "chmod" not in error.next_step
    with pytest.raises(UnsafePermissions):
        make_key_file(key.with_name("new.key"))
    assert not key.with_name("new.key").exists()


def test_a_symbolic_link_is_refused_also_when_making(key):
    link = key.with_name("link.key")
    link.symlink_to(key)
    assert "symbolic link" in refused(link).message
    dangling = key.with_name("dangling.key")
    dangling.symlink_to(key.with_name("elsewhere"))
    with pytest.raises(UnsafePermissions, match="symbolic link"):
        make_key_file(dangling)
    assert not key.with_name("elsewhere").exists()


def test_a_hard_link_is_refused_and_the_next_step_mends_it(key):
    os.link(key, key.with_name("second.key"))
    error = refused(key)
    assert "hard links" in error.message
    subprocess.run(["sh", "-c", error.next_step], check=True)
    read_key_file(key)


@pytest.mark.timeout(10)
def test_a_pipe_is_refused_without_waiting(key):
    pipe = key.with_name("pipe.key")
    os.mkfifo(pipe, 0o600)
    assert "not a regular file" in refused(pipe).message


def test_a_folder_in_its_place_is_refused(key):
    (key.parent / "folder.key").mkdir(mode=0o700)
    assert "not a regular file" in refused(key.parent / "folder.key").message


@as_root
def test_a_file_or_folder_of_somebody_else_is_refused(key):
    os.chown(key, 12345, 12345)
    assert refused(key).next_step == f"sudo chown {os.geteuid()} {key}"
    os.chown(key, 0, 0)
    os.chown(key.parent, 12345, 12345)
    assert refused(key).next_step == f"sudo chown {os.geteuid()} {key.parent}"


def test_a_missing_file_or_folder_locks_the_vault_and_makes_nothing(key):
    for path in (key.with_name("missing"), key.parent / "none" / "vault.key"):
        with pytest.raises(VaultLocked, match="can't be read"):
            read_key_file(path)
        assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"A" * 43,
        b"A" * 42,
        b"AQ" * 22,
        b"\x00" * 32,
        bytes(range(32)),
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9",  # 43 characters, but a last one no encoder writes
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n\n",
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ",
        b"-----BEGIN OPENSSH PRIVATE KEY-----",
        b"x" * 100_000,
    ],
)
def test_a_file_that_holds_no_key_is_refused_and_not_replaced(key, content):
    key.write_bytes(content)
    for reading in (read_key_file, make_key_file):
        with pytest.raises(VaultLocked, match="holds no key"):
            reading(key)
    assert key.read_bytes() == content


def test_processes_that_start_together_get_the_same_key(tmp_path):
    code = (
        "import sys; from pathlib import Path; from daoflow_core.vault.keyfile import make_key_file;"
        "sys.stdin.read(); print(make_key_file(Path(sys.argv[1])).key.reveal().hex())"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "vault.key")]
    started = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in started:
        process.stdin.close()
        process.stdin = None
    keys = {process.communicate(timeout=60)[0] for process in started}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


def test_making_waits_for_the_process_that_is_making(key, tmp_path, monkeypatch):
    asked, real_flock, path = Event(), fcntl.flock, tmp_path / "vault.key"

    def flock(handle: int, operation: int) -> None:
        asked.set()
        real_flock(handle, operation)

    monkeypatch.setattr("daoflow_core.vault.keyfile.fcntl.flock", flock)
    first = os.open(tmp_path, os.O_RDONLY)
    with ThreadPoolExecutor(1) as second:
        try:
            real_flock(first, fcntl.LOCK_EX)
            made = second.submit(make_key_file, path)
            assert asked.wait(10)
            os.rename(key, path)
        finally:
            os.close(first)
        assert made.result(10).key == read_key_file(path).key


@pytest.mark.parametrize(
    ("number", "expected"), [("ENOSPC", StoreFull), ("EROFS", StoreReadOnly), ("EIO", StoreReadOnly)]
)
def test_a_disk_that_fails_half_way_leaves_nothing_behind(tmp_path, monkeypatch, number, expected):
    import errno

    def fail(handle):
        raise OSError(getattr(errno, number), "failed")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(expected):
        make_key_file(tmp_path / "vault.key")
    assert list(tmp_path.iterdir()) == []
