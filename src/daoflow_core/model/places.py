"""Words about where a server is, light enough for the hot path; `model/server.py` gives them to everybody else."""

from __future__ import annotations

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
PENDING_APPROVAL = "pending host identity approval"


def is_local_address(host: str, port: int) -> bool:
    """Whether commands for this address run here, without SSH: a local name on the default port only."""
    return host.lower() in LOCAL_NAMES and port == 22
