"""A tunnel as it stands: what is recorded against what was seen last, in one value that every front end draws."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daoflow_core.model.operation import Operation
from daoflow_core.model.tunnel import PendingRotation, Route, RouteStatus, Tunnel
from daoflow_core.model.tunnel_sync import Mapping, RouteChange, RouteState, TunnelSync


class TunnelState(StrEnum):
    """How a tunnel stands, worst first; `unknown` was never looked at."""

    ROTATION_UNKNOWN = "rotation unknown"
    FAILING = "failing"
    UNAVAILABLE = "unavailable"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"
    IN_STEP = "in step"


@dataclass(frozen=True, slots=True)
class TunnelView:
    """A tunnel, its routes with where each leads, and the newest look that saw something.

    `changes` compares the records of now with what was seen then; it is empty when nobody ever looked.
    """

    tunnel: Tunnel
    routes: tuple[tuple[Route, Mapping], ...]
    pending: PendingRotation | None
    look: Operation | None
    seen: TunnelSync | None
    changes: tuple[RouteChange, ...]

    @property
    def active(self) -> int:
        """How many routes are there, as far as the records say."""
        return sum(1 for route, _ in self.routes if route.status is RouteStatus.ACTIVE)

    @property
    def state(self) -> TunnelState:
        """How it stands."""
        if self.pending is not None:
            return TunnelState.ROTATION_UNKNOWN
        if self.tunnel.is_failing:
            return TunnelState.FAILING
        if self.seen is None:
            return TunnelState.UNKNOWN
        if self.seen.observation.routes is None:
            return TunnelState.UNAVAILABLE
        return TunnelState.IN_STEP if self._in_step() else TunnelState.DRIFTED

    def _in_step(self) -> bool:
        """Nothing differs; a route that is gone and recorded as stale is no difference any more."""
        known = {route.key for route, _ in self.routes if route.status is RouteStatus.STALE}
        return not (self.seen and self.seen.observation.unreadable) and all(
            change.state is RouteState.UNCHANGED
            or (change.state is RouteState.STALE and (change.hostname, change.path) in known)
            for change in self.changes
        )
