"""The question before a swarm is changed, by the danger of its plan."""

from __future__ import annotations

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.panes.swarm_words import plan_age
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet


def swarm_sheet(
    view: ServerView, plan: Operation, planned: NodePlan | ScalePlan, desk: Desk
) -> TypedSheet | ConfirmSheet:
    """Typed for a drain, a scale to nothing and everything in prod; `confirm = "sheet"` softens it elsewhere."""
    question = Question(
        title=f"{_deed(planned)} through {view.name}?",
        server=view,
        changes=f"`{planned.command}`: {planned.summary}",
        stays=_stays(planned),
        undo=planned.undo if planned.reversible else f"not wholly: {planned.undo}",
        recorded=f"from plan {short(plan.id)}, in the history and the audit trail",
        apply="Apply",
        plan=f"{short(plan.id)}, {plan_age(planned, desk.now())}",
    )
    typed = view.is_prod or (planned.danger > 2 and desk.start.settings.confirm != "sheet")
    return TypedSheet(question, view.name, "the server's name") if typed else ConfirmSheet(question)


def _deed(planned: NodePlan | ScalePlan) -> str:
    if isinstance(planned, NodePlan):
        return f"Set {planned.node} to {planned.after}"
    return f"Scale {planned.service} from {planned.before} to {planned.after}"


def _stays(planned: NodePlan | ScalePlan) -> str:
    if isinstance(planned, ScalePlan):
        return "the service itself, its settings and its volumes"
    if planned.after != "drain":
        return "every task that runs now"
    stay = planned.stay
    if not stay.known:
        return f"plain containers on {planned.node}, which are not known: {stay.reason}"
    return f"plain containers on {planned.node}: {', '.join(stay.names) or 'none'}; its volumes"
