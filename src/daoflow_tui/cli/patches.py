"""`server ops patch`: which package updates a server could take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.stamps import span
from daoflow_tui.cli import lines, many
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.many import All, Filter, ServerRefs

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation
    from daoflow_core.model.patches import Package, PatchPlan


def patch(server: ServerRefs = None, every: All = False, filter_text: Filter = None) -> Result:
    """Plan package updates: every one with its versions; nothing on the host is changed, locked or refreshed."""
    many.refuse_unclear(server, every, filter_text)

    async def work(console: Console) -> Result:
        return await many.answer(console, console.patches.plan, plan_lines, servers=server, words=filter_text)

    return with_console(work)


def plan_lines(operation: Operation) -> list[str]:
    """The plan for people: security first, then by name."""
    from daoflow_core.model.patches import PatchPlan

    if not operation.result:
        return [operation.summary]
    plan = PatchPlan.of(operation.result)
    ordered = sorted(plan.packages, key=lambda one: (not one.security, one.held, one.name))
    rows = [(one.name, one.from_version, one.to_version, _why(one), one.needs) for one in ordered]
    table = lines.table(("PACKAGE", "FROM", "TO", "WHY", "NEEDS"), rows) if rows else []
    return [operation.summary, *table, *_around(plan)]


def _why(package: Package) -> str:
    word = "not told" if package.security is None else "security" if package.security else "update"
    marks = [
        *(["held"] if package.held else []),
        *(["kept back"] if package.kept_back else []),
        *(["new"] if package.new else []),
    ]
    return ", ".join([word, *marks])


def _around(plan: PatchPlan) -> list[str]:
    age = plan.lists_age_seconds
    told = [
        "The host does not tell when its package lists were refreshed."
        if age is None
        else f"Package lists were refreshed {span(age)} ago.",
        "Reboot needed"
        + (
            f": yes{f' ({plan.reboot_reason})' if plan.reboot_reason else ''}"
            if plan.reboot_required
            else ": no"
            if plan.reboot_required is False
            else ": the host does not tell"
        ),
    ]
    return [
        *told,
        *(["For your own change window:"] if plan.commands else []),
        *(f"  {one}" for one in plan.commands),
    ]
