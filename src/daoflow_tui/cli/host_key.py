"""`server host-key`: see what a server shows, trust one exact key, change trust after a new key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.parse import fields
from daoflow_tui.cli import lines, registration, shapes
from daoflow_tui.cli.asking import confirm_named
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.options import Fingerprint, Leaf, ServerRef, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.identity import IdentityReport

APPROVE, ROTATE = "server.ssh-host-identity.approve", "server.ssh-host-identity.rotate"
NOUN = noun("Look at host keys, approve one, rotate to another.")


@NOUN.command("list", cls=Leaf)
def list_keys(server: ServerRef) -> Result:
    """List every host key a server ever showed; asks no server."""

    async def work(console: Console) -> Result:
        return _keys(await console.identity.report(server))

    return with_console(work)


@NOUN.command("scan", cls=Leaf)
def scan(server: ServerRef) -> Result:
    """Ask a server for its host keys; no user name and no key is sent. Recorded as an operation."""

    async def work(console: Console) -> Result:
        return _keys(await console.identity.scan(server))

    return with_console(work)


@NOUN.command("approve", cls=Leaf)
def approve(server: ServerRef, fingerprint: Fingerprint, yes: Yes = False) -> Result:
    """Trust the key with exactly this fingerprint, which the server must show now; then check the server."""
    wanted = fields.fingerprint(fingerprint)
    confirm(yes, f"Approve host key {wanted} of server {server[:80]!a}.")

    async def work(console: Console) -> Result:
        report = await console.identity.approve(server, wanted)
        return await _checked(console, report, APPROVE)

    return with_console(work)


@NOUN.command("rotate", cls=Leaf)
def rotate(server: ServerRef, fingerprint: Fingerprint, yes: Yes = False) -> Result:
    """Trust another key than the approved one, after you compared it on the server's own console; then check."""
    wanted = fields.fingerprint(fingerprint)
    confirm_named(
        yes,
        f"Replace the trusted host key of server {server[:80]!a} by {wanted}.",
        lambda console: console.inventory.find(server),
    )

    async def work(console: Console) -> Result:
        report = await console.identity.rotate(server, wanted)
        return await _checked(console, report, ROTATE)

    return with_console(work)


async def _checked(console: Console, report: IdentityReport, action: str) -> Result:
    """Check the server that is trusted now, as the end of the action that trusted it, and show it."""
    await console.readiness.check(report.server_id, permitted_by=action)
    row = await console.fleet.outcome(await console.inventory.find(report.server_id))
    return await registration.shown(console, row)


def _keys(report: IdentityReport) -> Result:
    data = {
        "serverId": report.server_id,
        **registration.identity_document(report),
        "identities": [shapes.host_key(key) for key in report.identities],
    }
    rows = [
        (key.status.value, key.algorithm, key.fingerprint, key.last_observed_at) for key in report.identities
    ]
    text = lines.table(("STATUS", "ALGORITHM", "FINGERPRINT", "LAST SEEN"), rows)
    return Result(
        data, text if rows else ["No host key was seen yet."], [key.fingerprint for key in report.identities]
    )
