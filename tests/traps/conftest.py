"""What the trap tests share: the whole core over real SSH peers, as the service tests have it."""

from __future__ import annotations

import pytest
from tests.services.conftest import core, draft, home, login, open_core, start_peer
from tests.ssh.parts import QUICK

__all__ = ["core", "draft", "home", "login", "open_core", "start_peer"]


@pytest.fixture
def quick_limits(monkeypatch) -> None:
    """Let a console that is opened from here on give up on silent servers after a second."""
    monkeypatch.setattr("daoflow_core.ssh.transport.Limits", lambda: QUICK)
