"""Operations whose process died: they end as interrupted, with an outcome that nobody knows."""

from __future__ import annotations

import shlex
from dataclasses import replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.model.audit import Phase
from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus, Stream
from daoflow_core.ports import Database, Transaction
from daoflow_core.services.anchors import Anchor
from daoflow_core.services.audit_trail import AuditTrail, Deed
from daoflow_core.store import audit_log, operations
from daoflow_core.store.instance import Instance

WORDS = "the program that ran this ended without saying how it went: look at the server before doing it again"
_REFRESH = "`server ops swarm refresh-topology --server {name}` shows how it stands"
_LEFT = {
    OperationKind.CLEANUP_RUN: "`server ops cleanup --server {name} --dry-run` lists what is left there",
    OperationKind.STACK_DEPLOY: "a new `server ops stack plan` shows what runs there",
    OperationKind.STACK_ROLLBACK: "`server ops stack rollback --dry-run` shows what runs there",
    OperationKind.STACK_REMOVE: "`server ops stack remove --dry-run` shows what runs there",
    OperationKind.SWARM_NODE_AVAILABILITY_UPDATE: _REFRESH,
    OperationKind.SWARM_SERVICE_SCALE_UPDATE: _REFRESH,
}
"""Where to look after a change of each kind; the host may have gone on with it alone."""


async def interrupt_orphans(
    database: Database, trail: AuditTrail, clock: Clock, instance: Instance
) -> list[Operation]:
    """End what dead processes left running; several processes may do this at once, each row ends once."""
    running = await operations.running(database)
    dead = instance.dead_owners({operation.owner for operation in running})
    ended = []
    for operation in running:
        if operation.owner in dead:
            ending = replace(
                operation,
                status=OperationStatus.INTERRUPTED,
                completed_at=stamp(clock.now()),
                error=_words(operation),
                error_code="OUTCOME_UNKNOWN",
            )
            if await _interrupt(database, trail, ending):
                ended.append(ending)
    return ended


async def _interrupt(database: Database, trail: AuditTrail, ending: Operation) -> bool:
    async def end(transaction: Transaction) -> Anchor | None:
        known = await operations.by_id(transaction, ending.id)
        if known is None or known.status is not OperationStatus.RUNNING:
            return None
        sequence = await operations.line_count(transaction, ending.id) + 1
        line = LogLine(ending.id, sequence, ending.completed_at or "", Stream.ERROR, _words(ending))
        await operations.append_lines(transaction, [line])
        await operations.finish(transaction, ending)
        deed = await _deed_of(transaction, ending)
        return await trail.append(transaction, deed, Phase.OUTCOME, "unknown")

    anchor = await database.write(end)
    if anchor is not None:
        trail.anchor(anchor)
    return anchor is not None


def _words(operation: Operation) -> str:
    look = _LEFT.get(operation.kind)
    if look is not None:
        host, look = operation.server_name, look.format(name=shlex.quote(operation.server_name))
        return f"{WORDS.partition(':')[0]}, and {host} may have gone on alone: {look}"
    return WORDS if operation.server_id else WORDS.replace("the server", operation.server_name)


async def _deed_of(transaction: Transaction, operation: Operation) -> Deed:
    """The deed that the intent of an operation recorded."""
    intent = await audit_log.intent_of(transaction, operation.id)
    action = intent.action if intent else f"server.{operation.kind.value}"
    if operation.kind is OperationKind.HOST_TERMINAL:
        action = "server.terminal.close"  # whether the shell lives on nobody knows: its session is over
    detail = {"kind": operation.kind.value, "owner": operation.owner}
    target = intent.target if intent else f"server/{operation.server_id}"
    return Deed(operation.requested_by, operation.permission_scope, action, target, operation.id, detail)
