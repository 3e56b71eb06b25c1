"""What can be done with the tunnel under the cursor: each question first, each answer told."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_core.model.tunnel import Provider
from daoflow_core.services.tunnels_view import TunnelState, TunnelView
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.panes.tunnels import busy_with
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.words import Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.state_mark import Role, Toned

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_tui.screens.sheets.tunnel_rotation_forms import Rotated

Ask = Callable[["Console"], Coroutine[Any, Any, Operation]]
GOOD_SECONDS = 30 * 60
UNSEEN = timedelta(days=7)
ROUTES, FACTS = "routes", "facts"
STORED, AT_PROVIDER = "stored", "provider"


class TunnelActions(Place):
    """A place that acts on `view`."""

    @property
    @abstractmethod
    def view(self) -> TunnelView | None:
        """The tunnel under the cursor."""

    @abstractmethod
    async def read_again(self) -> None:
        """Draw what the store has now."""

    # Why something is off

    def why_busy(self) -> str | None:
        """One thing at a time."""
        busy = None if self.view is None else busy_with(self.desk, self.view)
        return None if busy is None else f"It is {busy} now; wait for its end, L shows its log."

    def why_no_apply(self) -> str | None:
        """The plan on screen must be one, fresh, and of the records as they are."""
        view = self.view
        if view is None or view.look is None or view.seen is None or not view.look.dry_run:
            return "There is no plan that was not applied: p makes one."
        if view.seen.observation.routes is None:
            return "The provider could not show the routes, so there is nothing to apply."
        age = seconds_between(view.look.started_at, self.desk.now())
        if age > GOOD_SECONDS:
            return f"The plan is {span(age)} old, and good for {span(GOOD_SECONDS)}: p plans again."
        if view.seen.based_on != view.tunnel.revision:
            return "The records changed since the plan: p plans again."
        return None

    # Asking

    def _begin(self, view: TunnelView, kind: OperationKind, ask: Ask) -> None:
        """Run an operation that outlives this screen's attention; how it ends is told."""
        key = (view.tunnel.name, kind.value)
        self.desk.asked[key] = self.desk.clock.monotonic()
        self.program.run_worker(self._run(view, key, ask), group="tunnel operations")
        self.refresh_place()

    async def _run(self, view: TunnelView, key: tuple[str, str], ask: Ask) -> None:
        try:
            operation = await self.program.session.ask(ask)
        except DaoflowError as error:
            if self.is_current:
                self.program.tell_error(error)
            else:
                self.notify(
                    f"{view.tunnel.name}: {error.message}", severity="error", timeout=10, markup=False
                )
        else:
            bad = operation.status is not OperationStatus.COMPLETED
            self.notify(operation.summary, severity="warning" if bad else "information", markup=False)
        finally:
            self.desk.asked.pop(key, None)
            await self.program.read_now()

    def plan_sync(self) -> None:
        """Ask the provider; without one, ask the operator."""
        view = self.view
        if view is None:
            return
        if view.tunnel.provider is Provider.MANUAL:
            self._edit(ROUTES)
            return
        tunnel_id = view.tunnel.id
        self._begin(view, OperationKind.TUNNEL_SYNC_PLAN, lambda console: console.tunnel_sync.plan(tunnel_id))

    def apply_plan(self) -> None:
        """Ask first."""
        if self.view is not None:
            begin_work(self, partial(self._apply, self.view), "apply")

    async def _apply(self, view: TunnelView) -> None:
        from daoflow_tui.screens.sheets.confirm import ConfirmSheet
        from daoflow_tui.screens.sheets.tunnel_questions import sync_question

        plan = view.look
        if plan is None or not await self.app.push_screen_wait(
            ConfirmSheet(sync_question(view, self.desk.now()))
        ):
            return
        tunnel_id, plan_id = view.tunnel.id, plan.id
        self._begin(
            view, OperationKind.TUNNEL_SYNC, lambda console: console.tunnel_sync.apply(tunnel_id, plan_id)
        )

    def check_routes(self) -> None:
        """From this machine, over HTTPS."""
        view = self.view
        if view is not None:
            tunnel_id = view.tunnel.id
            self._begin(
                view, OperationKind.TUNNEL_CHECK, lambda console: console.tunnel_check.check(tunnel_id)
            )

    # Records

    def add_tunnel(self) -> None:
        """The form of a new one."""
        from daoflow_tui.screens.sheets.tunnel_forms import NewTunnelForm

        self.app.push_screen(NewTunnelForm(), self._saved)

    def _saved(self, view: TunnelView | None) -> None:
        if view is not None:
            self.notify(f"{view.tunnel.name} is recorded.", markup=False)
            self.refresh_place()

    def edit_tunnel(self) -> None:
        """Its routes, or what is recorded of it."""
        if self.view is None:
            return
        choices = [
            Choice(ROUTES, "its routes…", "say what it exposes; planned first"),
            Choice(FACTS, "its name, domain, ids…", "only our record changes"),
        ]
        self.app.push_screen(ChoiceSheet(f"Edit {self.view.tunnel.name}", choices), self._edit)

    def _edit(self, what: str | None) -> None:
        from daoflow_tui.screens.sheets.tunnel_forms import MOST, EditTunnelForm, RoutesForm

        view = self.view
        if view is None or what is None:
            return
        if what == FACTS:
            self.app.push_screen(EditTunnelForm(view.tunnel), self._saved)
        elif view.active > MOST:
            words = (
                f"It has {view.active} routes, more than a form bears: `tunnels sync --route …` takes them."
            )
            self.notify(words, severity="warning", markup=False)
        elif (why := self.program.why_denied("tunnel.routes.plan")) is not None:
            self.notify(why, severity="warning", markup=False)
        else:
            self.app.push_screen(RoutesForm(view), self._planned)

    def _planned(self, operation: Operation | None) -> None:
        if operation is not None:
            self.notify(f"{operation.summary} ! applies it.", markup=False)
            self.refresh_place()

    def remove_tunnel(self) -> None:
        """Ask first."""
        if self.view is not None:
            begin_work(self, partial(self._remove, self.view), "remove")

    async def _remove(self, view: TunnelView) -> None:
        from daoflow_tui.screens.sheets.asset_questions import final
        from daoflow_tui.screens.sheets.tunnel_questions import deletion_question

        name, tunnel_id = view.tunnel.name, view.tunnel.id
        sheet = final(deletion_question(view), name, "the tunnel's name", self.desk)
        if not await self.app.push_screen_wait(sheet):
            return
        done = await self.answer(lambda console: console.tunnels.delete(tunnel_id))
        if done is not None:
            self.notify(f"The record of {name} was deleted. At its provider nothing changed.", markup=False)
            await self.program.read_now()

    def prune_stale(self) -> None:
        """List first."""
        begin_work(self, self._prune, "prune")

    async def _prune(self) -> None:
        from daoflow_tui.screens.sheets.confirm import ConfirmSheet
        from daoflow_tui.screens.sheets.tunnel_questions import prune_question

        found = await self.answer(lambda console: console.tunnel_pruning.stale(UNSEEN))
        if found is None:
            return
        if not found:
            self.notify("No route is stale and unseen for a week.", markup=False)
            return
        if await self.app.push_screen_wait(ConfirmSheet(prune_question(found))):
            gone = await self.answer(lambda console: console.tunnel_pruning.prune(UNSEEN))
            if gone is not None:
                self.notify(f"Removed {len(gone)} stale routes.", markup=False)
                await self.program.read_now()

    # Credentials

    def rotate_tunnel(self) -> None:
        """Our copy, or the secret at the provider."""
        view = self.view
        if view is None:
            return
        if view.tunnel.provider is Provider.MANUAL:
            self._rotate(STORED)
            return
        at_provider = Choice(AT_PROVIDER, "the secret at the provider…", "connectors need the new token then")
        stored = Choice(STORED, "our stored API token…", "the provider is not told")
        unknown = view.state is TunnelState.ROTATION_UNKNOWN
        choices = [at_provider, stored] if unknown else [stored, at_provider]
        self.app.push_screen(ChoiceSheet(f"Rotate of {view.tunnel.name}", choices), self._rotate)

    def _rotate(self, which: str | None) -> None:
        from daoflow_tui.screens.sheets.tunnel_rotation_forms import (
            ProviderRotationForm,
            StoredCredentialForm,
        )

        view = self.view
        if view is not None and which == STORED:
            self.app.push_screen(StoredCredentialForm(view.tunnel), self._saved)
        elif view is not None and which == AT_PROVIDER:
            self.app.push_screen(ProviderRotationForm(view), self._rotated)

    def _rotated(self, done: Rotated | None) -> None:
        """The steps that are left, to read and to find again in the operation's result."""
        from daoflow_core.model.tunnel_sync import TunnelRotation
        from daoflow_tui.screens.sheets.message import ToldSheet

        if done is None:
            return
        steps = TunnelRotation.of(done.operation.result).steps
        lines: list[Words] = [[done.operation.summary], []]
        lines += [[Toned(f"{number}. ", Role.MUTED), step] for number, step in enumerate(steps, 1)]
        lines += [[], [Toned(f"They stay in the result of {done.operation.id}.", Role.MUTED)]]
        self.app.push_screen(ToldSheet("The secret was rotated: what is left to do", lines))
        self.refresh_place()
