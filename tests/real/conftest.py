"""Brings the lab up for the tests on real hosts, or says exactly why they are left out."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from .lab_hosts import LabHost, RealLab, lab_command, lab_status, read_lab

REQUIRED = "DAOFLOW_REAL_HOSTS"
FOLDER = Path(__file__).parent
BRING_UP_SECONDS = 900  # the first time on a machine, the lab builds its bases


@pytest.hookimpl(tryfirst=True)  # before the plugin that deals tests out to processes
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here `real`, and keep them in one process: they break and heal the same hosts."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.real)
            item.add_marker(pytest.mark.xdist_group("real"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Give the test that brings the lab up the time for it."""
    first = next((item for item in session.items if item.path.is_relative_to(FOLDER)), None)
    if first is not None:
        first.add_marker(pytest.mark.timeout(BRING_UP_SECONDS))


def pytest_runtest_setup() -> None:
    """Leave the tests here out where the lab cannot run, or fail them where it is required."""
    if reason := _obstacle():
        if _is_required():
            pytest.fail(f"{REQUIRED}=required, but the lab cannot run. {reason}", pytrace=False)
        pytest.skip(f"no real hosts: {reason}")


@pytest.fixture(scope="session")
def lab() -> Iterator[RealLab]:
    """Have alpha and beta (Docker 26) and gamma (Docker 20.10) up; a lab that was up before stays up."""
    with _alone():
        was_up = any(host["isUp"] for host in lab_status()["hosts"])
        try:
            lab_command("up", timeout=BRING_UP_SECONDS)
            yield read_lab()
        finally:
            if not was_up:
                lab_command("down")
            else:
                for host in read_lab().hosts.values():
                    host.pardon()


@pytest.fixture
def alpha(lab: RealLab) -> LabHost:
    """Use a host with Docker 26 and OpenSSH 10."""
    return _lend(lab["alpha"])


@pytest.fixture
def beta(lab: RealLab) -> LabHost:
    """Use a second host with Docker 26 and OpenSSH 10."""
    return _lend(lab["beta"])


@pytest.fixture
def gamma(lab: RealLab) -> LabHost:
    """Use a host with Docker 20.10, the oldest supported, and OpenSSH 9.2."""
    return _lend(lab["gamma"])


def _lend(host: LabHost) -> LabHost:
    """Hand a host out; no test is shut out for the refused logins and key scans of one before it."""
    host.pardon()
    return host


@cache
def _obstacle() -> str:
    """Say why the lab cannot run here and how to change that; empty when it can."""
    check = lab_command("check", check=False)
    return "" if check.returncode == 0 else " ".join((check.stdout + check.stderr).split())


def _is_required() -> bool:
    """Read whether leaving out is a failure; a word that means nothing here must not pass for a no."""
    value = os.environ.get(REQUIRED, "")
    if value not in ("", "required"):
        pytest.fail(f"{REQUIRED} is {value!r}: leave it unset, or set it to required.", pytrace=False)
    return value == "required"


@contextmanager
def _alone() -> Iterator[None]:
    """Refuse to share the lab with another test session: each would break the other's hosts."""
    folder = Path(lab_status()["folder"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}-tests.lock").open("w") as lock:  # one a lab, and `down` leaves it
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pytest.fail(
                "Another test session uses the lab. Wait for it, give this one its own lab with "
                "DAOFLOW_LAB_NUMBER=1, or run tests in several processes with --dist loadgroup.",
                pytrace=False,
            )
        yield
