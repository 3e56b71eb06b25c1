"""`server ops cleanup`: a preview that lists exactly what would go, or a run of exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import ConfirmationRequired, UsageError
from daoflow_tui.cli import asking, lines, live, many, outcomes
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.many import All, Filter, ServerRefs

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.cleanup import CleanupPreview, CleanupRun
    from daoflow_core.model.operation import Operation

Preview = Annotated[bool, typer.Option("--dry-run", help="Record what would be removed; removes nothing.")]
Confirm = Annotated[bool, typer.Option("--yes", "-y", help="Remove what the preview lists.")]
PreviewId = Annotated[
    str | None,
    typer.Option("--preview", metavar="ID", help="The preview to run; else the newest that fits."),
]
Volumes = Annotated[
    bool, typer.Option("--include-volumes", help="Unused volumes too, named ones as well: they hold data.")
]


def cleanup(
    server: ServerRefs = None,
    every: All = False,
    filter_text: Filter = None,
    dry_run: Preview = False,
    yes: Confirm = False,
    preview: PreviewId = None,
    include_volumes: Volumes = False,
) -> Result:
    """Preview a cleanup with --dry-run, then run it with --yes: stopped containers, dangling images, build cache."""
    many.refuse_unclear(server, every, filter_text)
    may_ask = asking.may_ask() and not dry_run
    _refuse_unclear(dry_run=dry_run, yes=yes or may_ask, preview=preview)
    if dry_run:

        async def look(console: Console) -> Result:
            return await many.answer(
                console,
                lambda one: console.cleanup.preview(one, include_volumes=include_volumes),
                preview_lines,
                servers=server,
                words=filter_text,
            )

        return with_console(look)
    one = _only(server)
    agreed = preview if yes else _agreed(one, preview, include_volumes=include_volumes)

    async def run(console: Console) -> Result:
        async with live.shown(console):
            done = await console.cleanup.run(one, include_volumes=include_volumes, preview=agreed)
        return outcomes.answer(done, run_lines(done))

    return with_console(run)


def _refuse_unclear(*, dry_run: bool, yes: bool, preview: str | None) -> None:
    if dry_run and (yes or preview):
        raise UsageError(
            "--dry-run makes a preview; --yes and --preview run one.", next_step="Give one of the two."
        )
    if not dry_run and not yes:
        raise ConfirmationRequired(
            "A cleanup removes things for good. Pass --yes to run the newest preview.",
            next_step="`--dry-run` makes the preview that a run needs.",
        )


def _agreed(server: str, preview: str | None, *, include_volumes: bool) -> str:
    """The preview that is on screen, once the server's name was typed; for volumes their number as well."""

    def volumes(made: Operation) -> tuple[tuple[str, str], ...]:
        from daoflow_core.model.cleanup import CleanupPreview, ItemKind

        going = (one for one in CleanupPreview.of(made.result).groups if one.included)
        count = sum(len(one.items) for one in going if one.kind is ItemKind.VOLUME)
        return ((str(count), "the number of volumes that go with their data"),) if count else ()

    return asking.plan_agreed(
        f"This removes what the preview lists from {server[:80]!a}, for good.",
        lambda console: console.cleanup.fitting(server, include_volumes=include_volumes, preview=preview),
        preview_lines,
        volumes,
    )


def _only(servers: list[str] | None) -> str:
    """The one server that a run is for: removing is never a bulk."""
    if not servers or len(set(servers)) != 1:
        raise UsageError(
            "A cleanup runs on one server at a time.",
            why="Each run rests on a preview that somebody has read.",
            next_step="Run it once a server; --dry-run takes several.",
        )
    return servers[0]


def preview_lines(operation: Operation) -> list[str]:
    """The preview for people: every item that would go, and how much stays of what kind."""
    from daoflow_core.model.cleanup import CleanupPreview

    if not operation.result:
        return [operation.summary]
    plan = CleanupPreview.of(operation.result)
    if not plan.complete:
        rows = [(one.name, "answered" if one.answered else one.reason) for one in plan.questions]
        return [operation.summary, *lines.table(("ASKED ABOUT", "ANSWER"), rows)]
    return [operation.summary, *_items(plan), *_kept(plan), *_totals(plan)]


def _items(plan: CleanupPreview) -> list[str]:
    from daoflow_core.parse.sizes import size_words

    rows = [
        (group.title, item.name, size_words(item.size_bytes), item.detail, item.id)
        for group in plan.groups
        if group.included
        for item in group.items
    ]
    return ["", *lines.table(("WOULD GO", "NAME", "SIZE", "WHAT", "ID"), rows)] if rows else []


def _kept(plan: CleanupPreview) -> list[str]:
    from daoflow_core.parse.sizes import size_words

    rows = [(one.kind.value, one.name, size_words(one.size_bytes), one.reason) for one in plan.kept]
    rows += [
        ("volume", item.name, size_words(item.size_bytes), f"{item.detail}; --include-volumes takes it")
        for group in plan.groups
        if not group.included
        for item in group.items
    ]
    return ["", *lines.table(("STAYS", "NAME", "SIZE", "WHY"), rows)] if rows else []


def _totals(plan: CleanupPreview) -> list[str]:
    from daoflow_core.parse.sizes import size_words

    most = plan.foretold_at_most
    more = (
        f", up to {size_words(most)} if no build cache holds layers of those images"
        if size_words(most) != size_words(plan.foretold_bytes)
        else ""
    )
    return [
        "",
        f"Frees about {size_words(plan.foretold_bytes)}{more}. Good until {plan.expires_at}; nothing newer is touched.",
    ]


def run_lines(operation: Operation) -> list[str]:
    """How a run went, item by item."""
    from daoflow_core.model.cleanup import CleanupRun
    from daoflow_core.parse.sizes import size_words

    if not operation.result:
        return [operation.summary]
    run = CleanupRun.of(operation.result)
    rows = [
        (one.outcome.value, one.kind.value, one.name, size_words(one.size_bytes), one.reason or "", one.id)
        for one in run.results
    ]
    table = lines.table(("OUTCOME", "KIND", "NAME", "SIZE", "WHY", "ID"), rows) if rows else []
    return [operation.summary, *table, _freed(run)]


def _freed(run: CleanupRun) -> str:
    from daoflow_core.parse.sizes import size_words

    freed = (
        "Bytes freed could not be measured"
        if run.freed_bytes is None
        else f"Freed {size_words(run.freed_bytes)}"
    )
    return f"{freed} (foretold about {size_words(run.foretold_bytes)})."
