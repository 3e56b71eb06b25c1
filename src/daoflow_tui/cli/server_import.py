"""`server import`: take servers over from an OpenSSH client configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import EXIT_DRY_RUN
from daoflow_tui.cli import envelope, lines
from daoflow_tui.cli.call import Result, confirm, current, with_console
from daoflow_tui.cli.options import DryRun, Yes

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.services.import_hops import Imported
    from daoflow_core.services.importing import ImportReport

SshConfig = Annotated[
    str, typer.Option("--ssh-config", metavar="PATH", help="The file to read; nothing in it is ever run.")
]


def import_servers(
    ssh_config: SshConfig = "~/.ssh/config", dry_run: DryRun = False, yes: Yes = False
) -> Result:
    """Register the hosts of an OpenSSH client configuration; each waits for its host key to be approved."""
    if not dry_run:
        confirm(yes, f"Register the hosts of {ssh_config[:80]!a}.")
    tell = None if dry_run or current().as_json or current().quiet else envelope.warn

    async def work(console: Console) -> Result:
        report = await console.importing.import_ssh_config(
            ssh_config, home=Path.home(), dry_run=dry_run, tell=tell
        )
        return _answer(report, dry_run=dry_run)

    return with_console(work)


def _answer(report: ImportReport, *, dry_run: bool) -> Result:
    data: dict[str, Any] = {
        "dryRun": dry_run,
        "added": [_added(one) for one in report.added],
        "skipped": [{"name": one.candidate.alias, "reason": one.reason} for one in report.skipped],
        "ignored": [
            {"place": one.source, "keyword": one.keyword, "reason": one.why} for one in report.ignored
        ],
    }
    word = "would be added" if dry_run else "added"
    rows: list[tuple[object, ...]] = [
        (one["name"], _address(one), word, one["keyProblem"]) for one in data["added"]
    ]
    rows += [(one["name"], None, "skipped", one["reason"]) for one in data["skipped"]]
    text = lines.table(("NAME", "ADDRESS", "OUTCOME", "NOTE"), rows) if rows else ["The file names no host."]
    if data["added"] and not dry_run:
        text.append("Next: approve each host key: `daoflow-tui server host-key list --server NAME`.")
    ids = [one.server_id for one in report.added if one.server_id]
    return Result(data, text, ids, status=EXIT_DRY_RUN if dry_run else 0)


def _address(one: dict[str, Any]) -> str:
    through = f" through {one['jumpServerName']}" if one["jumpServerName"] else ""
    return f"{one['sshUser']}@{one['host']}:{one['sshPort']}{through}"


def _added(one: Imported) -> dict[str, Any]:
    return {
        "id": one.server_id,
        "name": one.candidate.alias,
        "host": one.candidate.host,
        "sshPort": one.candidate.port,
        "sshUser": one.candidate.user,
        "jumpServerName": one.candidate.jump or None,
        "keyProblem": one.key_problem,
    }
