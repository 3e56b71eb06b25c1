"""`server ops swarm`: the topology of a swarm, and changes of it that are planned first."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import ConfirmationRequired
from daoflow_tui.cli import asking, envelope, live, outcomes, swarm_lines
from daoflow_tui.cli.call import Result, current, with_console
from daoflow_tui.cli.options import Leaf, ServerRef, noun

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation
    from daoflow_core.model.swarm import Availability


class Wanted(StrEnum):
    """What a node may be set to."""

    ACTIVE = "active"
    PAUSE = "pause"
    DRAIN = "drain"


Plan = Annotated[bool, typer.Option("--dry-run", help="Record what would follow; changes nothing.")]
Apply = Annotated[
    bool, typer.Option("--yes", "-y", help="Apply the plan of --plan, else make one, show it and apply it.")
]
PlanId = Annotated[str | None, typer.Option("--plan", metavar="ID", help="The recorded plan to apply.")]
Timeout = Annotated[
    int,
    typer.Option(
        "--timeout", min=5, max=3600, metavar="SECONDS", help="How long to wait until all is settled."
    ),
]

NOUN = noun("See a swarm through its manager, and change it with a plan.")
_NODE = noun("Change nodes.")
_SERVICE = noun("Change services.")
NOUN.add_typer(_NODE, name="node")
NOUN.add_typer(_SERVICE, name="service")


@NOUN.command("refresh-topology", cls=Leaf)
def refresh_topology(server: ServerRef) -> Result:
    """Observe the swarm now: nodes, services, tasks, quorum; recorded, and kept as the newest snapshot."""

    async def work(console: Console) -> Result:
        seen = await console.swarm.refresh(server)
        return outcomes.answer(seen, swarm_lines.topology(seen))

    return with_console(work)


@_NODE.command("availability", cls=Leaf)
def availability(
    server: ServerRef,
    node: Annotated[str, typer.Option("--node", metavar="ID|NAME", help="The node, by id or hostname.")],
    availability: Annotated[Wanted, typer.Option("--availability", help="What to set it to.")],
    dry_run: Plan = False,
    yes: Apply = False,
    plan: PlanId = None,
    timeout: Timeout = 120,
) -> Result:
    """Plan another availability of a node with --dry-run, apply it with --yes: which tasks move, stop, stay."""
    wanted: Availability = availability.value
    if wanted == "drain" and asking.asks_instead(dry_run=dry_run, yes=yes, plan=plan):
        what = f"This moves or ends every task on {node[:80]!a}."
        plan = _agreed(what, lambda console: console.swarm_plans.node(server, node, wanted))
    else:
        _refuse_unclear(dry_run=dry_run, yes=yes, plan=plan)

    async def work(console: Console) -> Result:
        return await _answer(
            console,
            lambda: console.swarm_plans.node(server, node, wanted),
            lambda made: console.swarm_changes.update_node(server, node, wanted, plan=made, timeout=timeout),
            lambda: console.swarm_changes.permit(server, node=True),
            dry_run=dry_run,
            plan=plan,
        )

    return with_console(work)


@_SERVICE.command("scale", cls=Leaf)
def scale(
    server: ServerRef,
    service: Annotated[str, typer.Option("--service", metavar="ID|NAME", help="The service, by id or name.")],
    replicas: Annotated[
        int, typer.Option("--replicas", min=0, max=1000, help="How many tasks it shall have.")
    ],
    dry_run: Plan = False,
    yes: Apply = False,
    plan: PlanId = None,
    timeout: Timeout = 120,
) -> Result:
    """Plan another number of replicas with --dry-run, apply it with --yes: what has a place, and what has none."""
    if replicas == 0 and asking.asks_instead(dry_run=dry_run, yes=yes, plan=plan):
        what = f"This ends every task of {service[:80]!a}."
        plan = _agreed(what, lambda console: console.swarm_plans.scale(server, service, replicas))
    else:
        _refuse_unclear(dry_run=dry_run, yes=yes, plan=plan)

    async def work(console: Console) -> Result:
        return await _answer(
            console,
            lambda: console.swarm_plans.scale(server, service, replicas),
            lambda made: console.swarm_changes.scale(server, service, replicas, plan=made, timeout=timeout),
            lambda: console.swarm_changes.permit(server, node=False),
            dry_run=dry_run,
            plan=plan,
        )

    return with_console(work)


def _agreed(what: str, make: Callable[[Console], Awaitable[Operation]]) -> str:
    return asking.plan_agreed(what, make, swarm_lines.plan)


def _refuse_unclear(*, dry_run: bool, yes: bool, plan: str | None) -> None:
    asking.refuse_both(dry_run=dry_run, yes=yes, plan=plan)
    if not dry_run and not yes:
        raise ConfirmationRequired(
            "This changes a live swarm. Pass --yes to apply it.",
            next_step="`--dry-run` records a plan that tells what would follow.",
        )


async def _answer(
    console: Console,
    make: Callable[[], Awaitable[Operation]],
    apply: Callable[[str], Awaitable[Operation]],
    permit: Callable[[], Awaitable[None]],
    *,
    dry_run: bool,
    plan: str | None,
) -> Result:
    if dry_run:
        made = await make()
        return outcomes.answer(made, swarm_lines.plan(made))
    if plan is None:
        await permit()  # no plan is made for what is refused afterwards
        made = await make()
        plan = made.id
        if not (current().as_json or current().quiet):
            envelope.say(None, [*swarm_lines.plan(made), f"plan {made.id}", ""], as_json=False)
    async with live.shown(console):
        done = await apply(plan)
    return outcomes.answer(done, swarm_lines.update(done))
