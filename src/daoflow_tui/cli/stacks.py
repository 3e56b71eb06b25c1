"""`server ops stack`: plan, deploy, roll back, list, show and remove stacks from compose files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import ConfirmationRequired, InvalidInput
from daoflow_tui.cli import asking, envelope, live, outcomes, stack_lines
from daoflow_tui.cli.call import Result, current, with_console
from daoflow_tui.cli.key_input import STDIN, read_bounded
from daoflow_tui.cli.options import Leaf, ServerRef, noun

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation
    from daoflow_core.services.stack_source import StackRequest

NOUN = noun("Stacks from compose files: `docker stack` on a swarm's manager, `docker compose` on an engine.")
LARGEST_COMPOSE, LARGEST_ENV = 256 * 1024, 64 * 1024

StackName = Annotated[str, typer.Option("--stack", metavar="NAME", help="The name of the stack.")]
ComposeFile = Annotated[
    str, typer.Option("--compose-file", metavar="PATH|-", help="The compose file, or - for standard input.")
]
EnvFile = Annotated[
    str | None,
    typer.Option("--env-file", metavar="PATH|-", help="Values of the file's variables: NAME=value lines."),
]
Probes = Annotated[
    list[str] | None,
    typer.Option(
        "--probe",
        metavar="URL|tcp:PORT",
        help="What has to answer on the host afterwards; several are allowed.",
    ),
]
Timeout = Annotated[
    int, typer.Option("--timeout", metavar="SECONDS", help="How long all of it may take, 10 to 3600.")
]
PlanId = Annotated[
    str | None,
    typer.Option("--plan", metavar="ID", help="The plan to apply; else one is made and shown first."),
]
Look = Annotated[bool, typer.Option("--dry-run", help="Record a plan; changes nothing.")]
Confirm = Annotated[bool, typer.Option("--yes", "-y", help="Apply the plan.")]
To = Annotated[
    int | None,
    typer.Option(
        "--to", min=1, metavar="NUMBER", help="The revision; else the last good one with other files."
    ),
]


@NOUN.command("plan", cls=Leaf)
def plan(
    server: ServerRef,
    stack: StackName,
    compose_file: ComposeFile,
    env_file: EnvFile = None,
    probe: Probes = None,
    timeout: Timeout = 300,
) -> Result:
    """Record what a deploy would change, refuse what the target can't do; nothing on the host is changed."""
    request = _request(stack, compose_file, env_file, probe, timeout)

    async def work(console: Console) -> Result:
        return _planned(await console.stacks.plan(server, request))

    return with_console(work)


@NOUN.command("deploy", cls=Leaf)
def deploy(
    server: ServerRef,
    stack: StackName,
    compose_file: ComposeFile,
    env_file: EnvFile = None,
    probe: Probes = None,
    timeout: Timeout = 300,
    plan: PlanId = None,
    dry_run: Look = False,
    yes: Confirm = False,
) -> Result:
    """Apply a compose file as its plan says, wait until it runs, then ask its probes."""
    _refuse_unclear(dry_run=dry_run, yes=yes, plan=plan, what="A deploy changes what runs.")
    request = _request(stack, compose_file, env_file, probe, timeout)

    async def work(console: Console) -> Result:
        if dry_run:
            return _planned(await console.stacks.plan(server, request))
        return await _changed(console, console.stacks.deploy(server, request, plan, _show))

    return with_console(work)


@NOUN.command("rollback", cls=Leaf)
def rollback(
    server: ServerRef,
    stack: StackName,
    to: To = None,
    plan: PlanId = None,
    dry_run: Look = False,
    yes: Confirm = False,
) -> Result:
    """Apply a recorded revision again, with its own files, values and probes."""
    _refuse_unclear(dry_run=dry_run, yes=yes, plan=plan, what="A rollback changes what runs.")

    async def work(console: Console) -> Result:
        if dry_run:
            return _planned(await console.stacks.plan_rollback(server, stack, to))
        return await _changed(console, console.stacks.rollback(server, stack, to, plan, _show))

    return with_console(work)


@NOUN.command("remove", cls=Leaf)
def remove(
    server: ServerRef, stack: StackName, plan: PlanId = None, dry_run: Look = False, yes: Confirm = False
) -> Result:
    """Take away all that runs under a name, and its networks; volumes stay, and are named."""
    ends = "A removal ends every service of the stack."
    asked = asking.asks_instead(dry_run=dry_run, yes=yes, plan=plan)
    _refuse_unclear(dry_run=dry_run, yes=yes or asked, plan=plan, what=ends)
    if asked:
        plan = asking.plan_agreed(
            f"{ends} {stack[:80]!a} goes from {server[:80]!a}.",
            lambda console: console.stacks.plan_removal(server, stack),
            stack_lines.plan,
        )

    async def work(console: Console) -> Result:
        if dry_run:
            return _planned(await console.stacks.plan_removal(server, stack))
        return await _changed(console, console.stacks.remove(server, stack, plan, _show))

    return with_console(work)


@NOUN.command("list", cls=Leaf)
def list_stacks(server: ServerRef) -> Result:
    """List the stacks that were deployed from here, each with its newest revision; asks no host."""

    async def work(console: Console) -> Result:
        found = await console.inventory.find(server)
        standings = await console.stacks.standings(found.id)
        data = {"server": _named(found), "stacks": [one.document() for one in standings]}
        return Result(data, stack_lines.standings(standings), [one.stack for one in standings])

    return with_console(work)


@NOUN.command("show", cls=Leaf)
def show(server: ServerRef, stack: StackName) -> Result:
    """Show a stack's revisions: when, who, how it ended, and what each asks for; never a value of a variable."""

    async def work(console: Console) -> Result:
        found = await console.inventory.find(server)
        standing, revisions = await console.stacks.show(found.id, stack)
        data = {
            "server": _named(found),
            "stack": standing.document(),
            "revisions": [one.document() for one in revisions],
        }
        return Result(data, stack_lines.revisions(standing, revisions), [standing.stack])

    return with_console(work)


def _named(server: Any) -> dict[str, str]:  # noqa: ANN401 - a server, loaded late
    return {"id": server.id, "name": server.name}


def _request(
    stack: str, compose: str, env: str | None, probes: list[str] | None, timeout: int
) -> StackRequest:
    """What is asked for, with the files read. Raises InvalidInput."""
    from daoflow_core.secret import Secret
    from daoflow_core.services.stack_source import StackRequest

    if compose == STDIN == env:
        raise InvalidInput(
            "Standard input was named twice.", next_step="Name a file for one of them.", field="compose-file"
        )
    text = Secret(read_bounded(compose, "compose file", LARGEST_COMPOSE, field="compose-file"))
    values = None if env is None else Secret(read_bounded(env, "env file", LARGEST_ENV, field="env-file"))
    return StackRequest(stack, text, values, tuple(probes or ()), timeout)


def _refuse_unclear(*, dry_run: bool, yes: bool, plan: str | None, what: str) -> None:
    asking.refuse_both(dry_run=dry_run, yes=yes, plan=plan)
    if not dry_run and not yes:
        raise ConfirmationRequired(f"{what} Pass --yes to apply.", next_step="`--dry-run` shows the plan.")


def _planned(operation: Operation) -> Result:
    return outcomes.answer(operation, stack_lines.plan(operation))


async def _changed(console: Console, change: Awaitable[Operation]) -> Result:
    """The answer of a change, with its log on screen meanwhile."""
    async with live.shown(console):
        done = await change
    return outcomes.answer(done, stack_lines.run(done))


def _show(plan: Operation) -> None:
    """The plan that was made on the way, for people, before it is applied."""
    if not (current().as_json or current().quiet):
        envelope.say(None, [*stack_lines.plan(plan), f"plan {plan.id}", ""], as_json=False)
