"""The answer of every command that ends with one server: the server, its readiness, its host key, what to do next."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING, Any, cast

from daoflow_core import documents
from daoflow_core.model.places import is_local_address
from daoflow_core.stamps import seconds_between
from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result

if TYPE_CHECKING:
    from datetime import datetime

    from daoflow_core.console import Console
    from daoflow_core.model.identity import IdentityReport
    from daoflow_core.model.registration import Registration
    from daoflow_core.model.server import Server
    from daoflow_core.ports import Row
    from daoflow_core.services.keys import Adoption


async def answer(console: Console, registration: Registration, *, verb: str) -> Result:
    """What `server add` and `server update` say."""
    row = await console.fleet.outcome(registration.server)
    key = {"id": registration.key_id, "reused": registration.key_reused} if registration.key_id else None
    now = console.clock.now()
    data = {**describe(row, registration.identity, now), "key": key, "warnings": list(registration.warnings)}
    text = [f"{verb} {row['name']} ({row['id']})", *_text(console, data)]
    return Result(data, text, [row["id"]], notes=[f"warning: {one}" for one in registration.warnings])


async def shown(console: Console, row: Row) -> Result:
    """What `server show` says, and every command that ends with a check."""
    local = is_local_address(row["host"], row["ssh_port"])
    identity = None if local else await console.identity.known(row["id"])
    data = describe(row, identity, console.clock.now())
    return Result(data, [f"{row['name']} ({row['id']})", *_text(console, data)], [row["id"]])


def with_data(answer: Result, *first: str, **more: object) -> Result:
    """An answer about a server with fields beside it, and sentences before it."""
    return replace(
        answer, data={**cast("dict[str, object]", answer.data), **more}, lines=[*first, *answer.lines]
    )


def describe(row: Row, identity: IdentityReport | None, now: datetime) -> dict[str, Any]:
    """One server with everything known about it, as JSON."""
    server, readiness = documents.server(row, now=now), documents.readiness(row)
    return {
        "server": server,
        "readiness": readiness,
        "hostIdentity": None if identity is None else identity_document(identity),
        "nextSteps": _next_steps(server, readiness, identity),
    }


def identity_document(report: IdentityReport) -> dict[str, Any]:
    """The host keys of a server: the one trusted, and what it showed at the newest look."""
    from daoflow_core.services.identity import shown_now

    approved = report.approved
    return {
        "verification": report.verification.value,
        "approved": None if approved is None else approved.fingerprint,
        "approvedAt": None if approved is None else approved.approved_at,
        "approvedBy": None if approved is None else approved.approved_by,
        "shown": [
            {"algorithm": key.algorithm, "fingerprint": key.fingerprint, "status": key.status.value}
            for key in shown_now(report.identities)
        ],
    }


def plan(server: Server, adoption: Adoption | None) -> dict[str, Any]:
    """What `server add --dry-run` would write; public facts of the key only."""
    end, key = server.endpoint, None
    if adoption is not None:
        key = {
            "fingerprint": adoption.key.fingerprint,
            "type": adoption.key.key_type,
            "reused": adoption.reused,
        }
    return {
        "dryRun": True,
        "name": server.name,
        "host": end.host,
        "region": server.region,
        "sshPort": end.port,
        "sshUser": end.user,
        "kind": server.kind.value,
        "environment": server.environment.value or None,
        "sshKeyId": None if adoption is not None and not adoption.reused else server.ssh_key_id,
        "agentFingerprint": server.agent_fingerprint,
        "sshPrivateKeyProvided": adoption is not None,
        "key": key,
    }


def _next_steps(
    server: dict[str, Any], readiness: dict[str, Any], identity: IdentityReport | None
) -> list[str]:
    """The commands that bring the server further, trust first."""
    if identity is None or identity.approved is not None:
        return list(readiness["recommendedActions"])
    from daoflow_core.services.identity import shown_now

    name = quote(server["name"])
    keys = shown_now(identity.identities)
    if not keys:
        return [
            f"Look at its host key when it can be reached: `daoflow-tui server host-key scan --server {name}`."
        ]
    best = keys[0].fingerprint
    steps = [
        "Compare the fingerprint with the server's own console: "
        "`for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $f; done`.",
        f"If they are equal: `daoflow-tui server host-key approve --server {name} --fingerprint {best} --yes`.",
    ]
    if server["sshKeyId"] is None and server["agentFingerprint"] is None:
        steps.append(
            f"Give it a key to log in with: `daoflow-tui server update --server {name} --ssh-key PATH --yes`."
        )
    return steps


def _text(console: Console, data: dict[str, Any]) -> list[str]:
    identity = data["hostIdentity"] or {}
    shown_keys = [
        f"  {key['fingerprint']} {key['algorithm']} ({key['status']})" for key in identity.get("shown", [])
    ]
    parts = (
        ("Host keys shown:", shown_keys),
        ("Issues:", [f"  - {issue}" for issue in data["readiness"]["issues"]]),
        ("Next steps:", [f"  - {step}" for step in data["nextSteps"]]),
    )
    return [
        *lines.facts([*_where(data), *_found(console, data["readiness"])]),
        *(line for title, below in parts if below for line in (title, *below)),
    ]


def _where(data: dict[str, Any]) -> list[tuple[str, object]]:
    server, identity = data["server"], data["hostIdentity"]
    over_ssh = f"{server['sshUser']}@{server['host']}:{server['sshPort']}"
    return [
        ("address", "on this machine, without SSH" if server["local"] else over_ssh),
        ("kind", server["kind"]),
        *_swarm(server["swarmTopology"]),
        ("region", server["region"]),
        ("environment", server["environment"]),
        ("read-only", server["readOnly"]),
        ("SSH key", _login_key(server)),
        ("host key", "none needed" if identity is None else identity["approved"] or "not approved"),
        ("status", server["status"]),
    ]


def _swarm(topology: dict[str, Any] | None) -> list[tuple[str, object]]:
    """What a manager manages, in one line; nothing where no look was kept."""
    if topology is None:
        return []
    total = topology["summary"]
    words = (
        f"{topology['clusterName']}: {total['managerCount']} managers, {total['workerCount']} workers, "
        f"{total['activeNodeCount']} active, {total['reachableNodeCount']} reachable, "
        f"seen {lines.age(topology['ageSeconds'])}"
    )
    return [("swarm", words)]


def _login_key(server: dict[str, Any]) -> str | None:
    """The key a server is logged in to with, in words."""
    if server["agentFingerprint"] is not None:
        return f"{server['agentFingerprint']} of the SSH agent"
    name: str | None = server["sshKeyName"]
    return name


def _found(console: Console, readiness: dict[str, Any]) -> list[tuple[str, object]]:
    checked = readiness["checkedAt"]
    seen = None if checked is None else seconds_between(checked, console.clock.now())
    sudo = " (through sudo)" if readiness["usesSudo"] else ""
    docker = readiness["dockerVersion"] or lines.yes_no(readiness["dockerReachable"])
    return [
        ("checked", lines.age(seen)),
        ("SSH", lines.yes_no(readiness["sshReachable"])),
        ("Docker", docker + sudo),
        ("Compose", readiness["composeVersion"] or lines.yes_no(readiness["composeReachable"])),
    ]
