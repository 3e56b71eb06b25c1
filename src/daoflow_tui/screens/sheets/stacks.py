"""What is asked before a stack is planned or changed: the files of a deploy, and whether a plan shall be applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from daoflow_core.errors import DaoflowError, InvalidInput
from daoflow_core.ids import short
from daoflow_core.model.operation import Operation
from daoflow_core.model.stack import StackPlan, StackVerb
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.commands.sheets import Submit
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.panes.stack_words import changes_words
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.state_mark import Role, Toned

if TYPE_CHECKING:
    from daoflow_core.services.stack_source import StackRequest

ABOUT = "Nothing is changed yet: the host reads the file, and the plan says what a deploy would do."


@dataclass(frozen=True, slots=True)
class StackForm:
    """A deploy as it was typed."""

    stack: str = ""
    compose: str = ""
    env: str = ""
    probes: str = ""
    timeout: str = "300"


class StackSheet(Sheet[StackForm]):
    """Answers with what was typed; None when nothing shall be planned."""

    OFFERS = (Submit,)
    DEFAULT_CSS = "StackSheet Told { margin-bottom: 1; }"
    title_words = "Plan a deploy"

    def __init__(self, known: StackForm) -> None:
        super().__init__()
        self._fields = {
            "stack": Field("Stack", known.stack, placeholder="shop", max_length=63),
            "compose": Field("Compose file", known.compose, placeholder="~/shop/compose.yml"),
            "env": Field("Env file", known.env, hint="values of the file's variables; may stay empty"),
            "probes": Field(
                "Probes", known.probes, hint="tcp:PORT or http://localhost:PORT/path, with blanks between"
            ),
            "timeout": Field("Seconds at most", known.timeout, max_length=4),
        }

    def words(self) -> ComposeResult:
        """What happens, then the fields."""
        yield Told([[Toned(ABOUT, Role.MUTED)]])
        yield from self._fields.values()

    def buttons(self) -> Iterable[SheetButton]:
        """Cancel, then the plan."""
        yield SheetButton("cancel", "Cancel", "esc")
        yield SheetButton("apply", "Plan", "enter")

    def begin(self) -> None:
        """In the first field that is empty."""
        fields = list(self._fields.values())
        next((one for one in fields if not one.value), fields[1]).focus_input()
        self.foot("tab next field")

    @property
    def is_typing(self) -> bool:
        """Whether the keyboard is in a field, where enter sends the form."""
        return isinstance(self.focused, Input)

    @on(Input.Submitted)
    def _enter(self) -> None:
        self.submit()

    def pressed(self, name: str) -> None:
        """The plan."""
        self.submit()

    def submit(self) -> None:
        """Send it; what is wrong is said beside its field."""
        form = StackForm(**{name: field.value.strip() for name, field in self._fields.items()})
        for field in self._fields.values():
            field.error = ""
        wrong = _wrong(form)
        if wrong is None:
            self.dismiss(form)
            return
        self._fields[wrong[0]].error = wrong[1]
        self._fields[wrong[0]].focus_input()
        self.call_after_refresh(self.fit)


def _wrong(form: StackForm) -> tuple[str, str] | None:
    from daoflow_core.parse.stack_probes import read_probes
    from daoflow_core.services.stack_source import LONGEST_SECONDS, SHORTEST_SECONDS, check_name

    try:
        check_name(form.stack)
    except InvalidInput as error:
        return "stack", error.message
    if not form.compose:
        return "compose", "Name the file."
    try:
        read_probes(form.probes.split())
    except InvalidInput as error:
        return "probes", error.message
    if not form.timeout.isdigit() or not SHORTEST_SECONDS <= int(form.timeout) <= LONGEST_SECONDS:
        return "timeout", f"Give {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds."
    return None


def apply_sheet(
    view: ServerView, operation: Operation, plan: StackPlan, desk: Desk
) -> TypedSheet | ConfirmSheet:
    """A removal has the stack's name typed, a change in prod the server's; any other takes y."""
    removes = plan.verb is StackVerb.REMOVE
    verb = {StackVerb.DEPLOY: "Deploy", StackVerb.ROLLBACK: "Roll back", StackVerb.REMOVE: "Remove"}[
        plan.verb
    ]
    question = Question(
        title=f"{verb} {plan.stack} on {view.name}?",
        server=view,
        changes=changes_words(plan),
        stays=_stays(plan),
        undo=_undo(plan),
        recorded=f"as stack_{plan.verb} from plan {short(operation.id)}, in the history and the audit trail",
        apply=verb,
        plan=f"{short(operation.id)}, {span(seconds_between(operation.started_at, desk.now()))} old",
    )
    softened = desk.start.settings.confirm == "sheet" and not view.is_prod
    if removes and not softened:
        return TypedSheet(question, plan.stack, "the stack's name")
    return TypedSheet(question, view.name, "the server's name") if view.is_prod else ConfirmSheet(question)


def _stays(plan: StackPlan) -> str:
    if plan.verb is not StackVerb.REMOVE:
        return "volumes, also of services that go; every other stack"
    named = f": {', '.join(plan.volumes)}" if plan.volumes else ""
    return f"volumes{named}; images; the recorded revisions, which can be deployed again"


def _undo(plan: StackPlan) -> str:
    if plan.verb is StackVerb.REMOVE:
        return "no: what the containers hold outside of volumes is gone; a rollback starts new ones"
    if plan.base_revision:
        return (
            f"yes, by a rollback to revision {plan.base_revision}; what the services did to data stays done"
        )
    return "yes, by removing the stack; what the services did to data stays done"


def read_form(form: StackForm) -> StackRequest:
    """The request that a form stands for, its files read. Raises DaoflowError."""
    from daoflow_core.plain_files import read_plain_file
    from daoflow_core.secret import Secret
    from daoflow_core.services.stack_source import StackRequest

    compose = _bounded(
        read_plain_file(form.compose, 256 * 1024, what="compose file", field="compose-file"), 256
    )
    env = None
    if form.env:
        env = Secret(_bounded(read_plain_file(form.env, 64 * 1024, what="env file", field="env-file"), 64))
    return StackRequest(form.stack, Secret(compose), env, tuple(form.probes.split()), int(form.timeout))


def _bounded(data: bytes, kib: int) -> bytes:
    if len(data) > kib * 1024:
        raise DaoflowError(f"The file has more than {kib} KiB.")
    return data
