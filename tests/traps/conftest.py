"""What the trap tests share: the whole core over real SSH peers, as the service tests have it."""

from __future__ import annotations

import pytest
from tests.services.conftest import core, draft, home, login, open_core, start_peer

__all__ = ["core", "draft", "home", "login", "open_core", "start_peer"]


@pytest.fixture
def quick_limits(monkeypatch) -> None:
    """Let a console that is opened from here on give up on silent servers after a second."""
    from tests.ssh.parts import QUICK

    from daoflow_core.ssh.transport import Transport

    for module in ("daoflow_core.ssh.pool", "daoflow_core.ssh.scan"):
        monkeypatch.setattr(f"{module}.Transport", lambda: Transport(QUICK))
