"""`server ops resources`: one check of a server's resources, in numbers, and what the server needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.cli import lines, many
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.many import All, Filter, ServerRefs

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.needs import Need

MARKS = {"fault": "!", "warn": "!", "note": "·", "good": "✓"}


def resources(server: ServerRefs = None, every: All = False, filter_text: Filter = None) -> Result:
    """Check CPU, memory, disk and Docker's disk use now, as an operation; exit status 1 if a part can't be read."""
    many.refuse_unclear(server, every, filter_text)

    async def work(console: Console) -> Result:
        return await many.answer(
            console,
            console.resources.check,
            lambda operation: _text(operation.result),
            servers=server,
            words=filter_text,
        )

    return with_console(work)


def _text(result: object) -> list[str]:
    from daoflow_core.model.needs import Need
    from daoflow_core.model.resources import ResourceSnapshot
    from daoflow_core.services.resource_words import facts

    document = dict(result) if isinstance(result, dict) else {}
    needs = [Need.of(one) for one in document.get("needs", ())]
    return [
        *lines.facts(list(facts(ResourceSnapshot.of(document)))),
        "What this server needs:",
        *(line for need in needs for line in _need(need)),
    ]


def _need(need: Need) -> list[str]:
    """A finding, and under it what to do about it."""
    step = f"`daoflow-tui {need.command}`" if need.command else ""
    how = ": ".join(part for part in (need.next_step, step) if part)
    return [f"  {MARKS[need.level]} {need.message}", *([f"      {how}"] if how else [])]
