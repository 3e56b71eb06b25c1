"""What an operator does with managed tunnels: plan and apply a sync, check what answers, rotate, edit, delete."""

from __future__ import annotations

from typing import Protocol

from daoflow_tui.commands.base import AnyCommand, Command, Danger
from daoflow_tui.commands.rows import NO_ROW


class HasTunnels(Protocol):
    """The place of the tunnels."""

    @property
    def row_id(self) -> str | None:
        """The tunnel under the cursor."""

    def why_busy(self) -> str | None:
        """Why nothing more can be asked of this tunnel now, or None."""

    def why_no_apply(self) -> str | None:
        """Why there is no plan that could be applied, or None."""

    def plan_sync(self) -> None:
        """Record what a sync would change."""

    def apply_plan(self) -> None:
        """Ask, then bring the records in step with the plan."""

    def check_routes(self) -> None:
        """Ask every hostname whether it answers."""

    def add_tunnel(self) -> None:
        """Open the form of a new one."""

    def edit_tunnel(self) -> None:
        """Offer what can be edited."""

    def rotate_tunnel(self) -> None:
        """Offer the ways of rotating."""

    def remove_tunnel(self) -> None:
        """Ask to delete it."""

    def prune_stale(self) -> None:
        """List what was not seen for long, and ask."""


class _OnTunnel(Command[HasTunnels]):
    group = "Tunnels"

    def why_off(self, place: HasTunnels) -> str | None:
        return (None if place.row_id else NO_ROW) or place.why_busy()


class PlanSync(_OnTunnel):
    """Plan a sync: look at what the tunnel exposes and record the difference; no record is changed."""

    id, keys, title, short, footer = "tunnel.plan", ("p",), "plan sync", "plan", 25
    danger, scope = Danger.RECORDS, "tunnel.routes.plan"

    def run(self, place: HasTunnels) -> None:
        """Begin."""
        place.plan_sync()


class ApplyPlan(_OnTunnel):
    """Apply the plan on screen: our records become what it saw; the provider is never changed."""

    id, keys, title, short, footer = "tunnel.apply", ("!",), "apply…", "apply", 26
    danger, scope = Danger.CHANGES, "tunnel.routes.sync"

    def why_off(self, place: HasTunnels) -> str | None:
        """No plan, or one that is too old or used."""
        return super().why_off(place) or place.why_no_apply()

    def run(self, place: HasTunnels) -> None:
        """Ask."""
        place.apply_plan()


class CheckRoutes(_OnTunnel):
    """Ask every hostname of the tunnel over HTTPS, from this machine, whether it answers; nothing else does."""

    id, keys, title, footer = "tunnel.check", ("c",), "check", 28
    danger, scope = Danger.RECORDS, "tunnel.check"

    def run(self, place: HasTunnels) -> None:
        """Begin."""
        place.check_routes()


class AddTunnel(Command[HasTunnels]):
    """Record a tunnel; nothing is asked of its provider yet."""

    id, keys, title, group, footer = "tunnel.add", ("a",), "add…", "Tunnels", 20
    danger, scope = Danger.RECORDS, "tunnel.create"

    def run(self, place: HasTunnels) -> None:
        """Open the form."""
        place.add_tunnel()


class EditTunnel(_OnTunnel):
    """Edit what is recorded of the tunnel, or say yourself which routes it exposes."""

    id, keys, title, footer = "tunnel.edit", ("e",), "edit…", 35
    danger, scope = Danger.RECORDS, "tunnel.update"

    def run(self, place: HasTunnels) -> None:
        """Offer both."""
        place.edit_tunnel()


class RotateTunnel(_OnTunnel):
    """Rotate the credential: our stored copy, or the tunnel's secret at its provider."""

    id, keys, title, footer = "tunnel.rotate", ("o",), "rotate…", 30
    danger, scope = Danger.FINAL, "tunnel.credentials.rotate"

    def run(self, place: HasTunnels) -> None:
        """Offer both."""
        place.rotate_tunnel()


class RemoveTunnel(_OnTunnel):
    """Delete the tunnel's record, its routes and its credential; asks for its name. The provider is not told."""

    id, keys, title, footer = "tunnel.remove", ("x",), "delete…", 45
    danger, scope = Danger.FINAL, "tunnel.delete"

    def run(self, place: HasTunnels) -> None:
        """Ask."""
        place.remove_tunnel()


class PruneStale(Command[HasTunnels]):
    """List the stale routes of all tunnels that were not seen for a week, and remove their records."""

    id, title, group = "tunnel.prune", "prune stale routes…", "Tunnels"
    danger, scope = Danger.CHANGES, "tunnel.routes.prune"

    def run(self, place: HasTunnels) -> None:
        """List, then ask."""
        place.prune_stale()


TUNNEL_COMMANDS: tuple[AnyCommand, ...] = (
    PlanSync, ApplyPlan, CheckRoutes, AddTunnel, EditTunnel, RotateTunnel, RemoveTunnel, PruneStale,
)  # fmt: skip
