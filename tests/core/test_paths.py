"""Files stand where XDG or DAOFLOW_HOME say, in folders that nobody else can write."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys

import pytest

from daoflow_core.errors import ConfigInvalid, StoreReadOnly, StoreUnusable, UnsafePermissions
from daoflow_core.paths import Paths, database_path

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")


def located(**environ: object) -> Paths:
    return Paths.locate({"HOME": "/home/mara"} | {name: str(value) for name, value in environ.items()})


def mode(path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_defaults_follow_xdg():
    paths = located()
    assert str(paths.config_file) == "/home/mara/.config/daoflow-tui/config.toml"
    assert str(paths.database) == "/home/mara/.local/state/daoflow-tui/daoflow.db"
    assert str(paths.key_file) == "/home/mara/.local/state/daoflow-tui/vault.key"
    assert str(paths.anchors_file) == "/home/mara/.local/state/daoflow-tui/anchors.jsonl"
    assert str(paths.run_dir) == "/home/mara/.local/state/daoflow-tui/run"


def test_xdg_variables_move_the_folders_and_relative_ones_are_ignored():
    moved = located(XDG_CONFIG_HOME="/c", XDG_STATE_HOME="/s")
    assert (str(moved.config_file), str(moved.state_dir)) == ("/c/daoflow-tui/config.toml", "/s/daoflow-tui")
    assert located(XDG_STATE_HOME="relative").state_dir == located().state_dir


def test_daoflow_home_holds_everything():
    paths = located(DAOFLOW_HOME="/srv/flow/", XDG_CONFIG_HOME="/c", XDG_STATE_HOME="/s")
    assert str(paths.config_file) == "/srv/flow/config.toml"
    assert str(paths.database) == "/srv/flow/daoflow.db"
    assert located(DAOFLOW_HOME="").state_dir == located().state_dir


def test_a_relative_daoflow_home_is_refused():
    with pytest.raises(ConfigInvalid, match="DAOFLOW_HOME must be an absolute path"):
        located(DAOFLOW_HOME="flow")


def test_the_hot_path_name_is_the_same_database():
    for environ in (
        {"HOME": "/h"},
        {"HOME": "/h", "DAOFLOW_HOME": "/x"},
        {"HOME": "/h", "XDG_STATE_HOME": "/s"},
    ):
        assert database_path(environ) == str(Paths.locate(environ).database)


def test_the_database_name_is_found_without_slow_imports():
    code = (
        "import os, sys; from daoflow_core.paths import database_path; database_path(os.environ);"
        "slow = {'pathlib', 'dataclasses', 'typing', 'asyncio', 'cryptography', 'shlex'} & set(sys.modules);"
        "sys.exit(f'imports {slow}' if slow else 0)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_paths_are_frozen():
    with pytest.raises(AttributeError):
        located().database = "elsewhere"


def test_prepare_makes_private_folders_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        paths = located(DAOFLOW_HOME=tmp_path / "deep" / "home")
        paths.prepare()
    finally:
        os.umask(before)
    assert [mode(folder) for folder in (tmp_path / "deep", paths.state_dir, paths.run_dir)] == [0o700] * 3
    assert not paths.config_file.exists()
    paths.prepare()


@pytest.mark.parametrize("bits", [0o770, 0o720, 0o702, 0o777])
def test_a_folder_others_can_write_is_refused_and_the_next_step_mends_it(tmp_path, bits):
    home = tmp_path / "a home"
    home.mkdir()
    home.chmod(bits)
    paths = located(DAOFLOW_HOME=home)
    with pytest.raises(UnsafePermissions) as refused:
        paths.prepare()
    assert refused.value.next_step == f"chmod 700 '{home}'"
    subprocess.run(shlex.split(refused.value.next_step), check=True)
    paths.prepare()


def test_an_unsafe_run_folder_is_refused_too(tmp_path):
    paths = located(DAOFLOW_HOME=tmp_path / "home")
    paths.prepare()
    paths.run_dir.chmod(0o777)
    with pytest.raises(UnsafePermissions, match="run"):
        paths.prepare()


def test_a_symbolic_link_is_refused(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "home").symlink_to(tmp_path / "real")
    with pytest.raises(UnsafePermissions, match="symbolic link") as refused:
        located(DAOFLOW_HOME=tmp_path / "home").prepare()
    assert refused.value.next_step.endswith(f"export DAOFLOW_HOME={tmp_path / 'real'}")


@as_root
def test_a_folder_of_somebody_else_is_refused(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 12345, 12345)
    with pytest.raises(UnsafePermissions, match="12345") as refused:
        located(DAOFLOW_HOME=home).prepare()
    assert refused.value.next_step == f"sudo chown {os.geteuid()} {home}"


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreUnusable, match="is not a folder"):
        located(DAOFLOW_HOME=tmp_path / "home").prepare()
    with pytest.raises(StoreUnusable, match="can't be made"):
        located(DAOFLOW_HOME=tmp_path / "home" / "below").prepare()


def test_a_parent_that_cannot_be_written_is_read_only(tmp_path):
    home = "/proc/daoflow-home" if os.geteuid() == 0 else tmp_path / "closed" / "home"
    if os.geteuid():
        (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises((StoreReadOnly, StoreUnusable)) as refused:
        located(DAOFLOW_HOME=home).prepare()
    if os.geteuid():
        assert isinstance(refused.value, StoreReadOnly)


@pytest.mark.parametrize(
    ("number", "code"),
    [("EROFS", "STORE_READ_ONLY"), ("EACCES", "STORE_READ_ONLY"), ("ENOSPC", "STORE_FULL")],
)
def test_each_failure_to_make_a_folder_has_its_code(tmp_path, monkeypatch, number, code):
    import errno

    def refuse(name, bits):
        raise OSError(getattr(errno, number), os.strerror(getattr(errno, number)), name)

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(StoreUnusable) as refused:
        located(DAOFLOW_HOME=tmp_path / "home").prepare()
    assert refused.value.code == code
    assert refused.value.next_step
