"""The SQL that the asynchronous queries and the light reader share, so that both read identical rows."""

from __future__ import annotations

SCHEMA_VERSION = 8

_SERVER = """
  s.id, s.name, s.host, s.ssh_port, s.ssh_user, s.region, s.kind, s.environment, s.ssh_key_id,
  s.agent_fingerprint, s.jump_server_id, s.read_only, s.created_at, s.updated_at, s.removed_at"""

SERVERS_LIVE = f"select {_SERVER} from servers s where s.removed_at is null order by s.name, s.id"
SERVER_BY_ID = f"select {_SERVER} from servers s where s.id = ?"
SERVER_LIVE_BY_ID = f"select {_SERVER} from servers s where s.id = ? and s.removed_at is null"
SERVER_LIVE_BY_NAME = f"select {_SERVER} from servers s where s.name = ? and s.removed_at is null"

READINESS_COLUMNS = (
    "server_id",
    "status",
    "checked_at",
    "issues",
    "ssh_reachable",
    "docker_reachable",
    "compose_reachable",
    "docker_version",
    "compose_version",
    "latency_ms",
    "uses_sudo",
    "cpu_percent",
    "memory_percent",
    "disk_percent",
    "os_name",
    "swarm_state",
    "operation_id",
    "good_at",
)
# One row a live server: its own columns, then readiness as readiness_*, then what is known of its host keys.
FLEET = f"""
select {_SERVER},
  {", ".join(f"r.{name} as readiness_{name}" for name in READINESS_COLUMNS)},
  a.id as approved_key_id, a.algorithm as approved_algorithm, a.fingerprint as approved_fingerprint,
  a.approved_at, a.approved_by, a.last_observed_at as approved_last_observed_at,
  (select max(h.last_observed_at) from host_keys h where h.server_id = s.id) as host_keys_observed_at,
  k.name as ssh_key_name, k.fingerprint as ssh_key_fingerprint, j.name as jump_server_name,
  w.brief as swarm_brief
from servers s
left join readiness r on r.server_id = s.id
left join host_keys a on a.server_id = s.id and a.status = 'approved'
left join ssh_keys k on k.id = s.ssh_key_id
left join servers j on j.id = s.jump_server_id
left join swarm_snapshots w on w.server_id = s.id and s.kind = 'docker-swarm-manager'
where s.removed_at is null
order by s.name, s.id"""

FLEET_SUMMARY = """
select count(*) as total,
  count(case when r.status = 'ready' then 1 end) as ready,
  count(case when r.status = 'attention' then 1 end) as attention,
  count(case when r.status = 'blocked' then 1 end) as blocked,
  count(case when r.status is null or r.status = 'unknown' then 1 end) as unknown,
  cast(round(avg(case when r.ssh_reachable = 1 then r.latency_ms end)) as integer) as average_latency_ms
from servers s left join readiness r on r.server_id = s.id
where s.removed_at is null"""

CERTIFICATES = """
select id, name, fingerprint, facts, version, created_at, updated_at, rotated_at
from certificates order by name"""

OPERATION = """
  id, server_id, server_name, kind, status, dry_run, requested_by, permission_scope, summary, result, error,
  error_code, owner, started_at, completed_at"""
OPERATION_BY_ID = f"select {OPERATION} from operations where id = ?"

LOG_LINES = """
select operation_id, sequence, at, stream, message from operation_logs
where operation_id = ? and sequence > ? order by sequence limit ?"""
LOG_TAIL = """
select operation_id, sequence, at, stream, message from operation_logs
where operation_id = ? order by sequence desc limit ?"""

AUDIT = """
  sequence, at, actor, scope, action, target, phase, outcome, operation_id, detail, previous, hash"""


def operations(
    server_id: str | None = None,
    kind: str | None = None,
    status: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> tuple[str, list[object]]:
    """Operations, newest first; `before` is the id that the page before ended with."""
    conditions = {"server_id = ?": server_id, "kind = ?": kind, "status = ?": status, "id < ?": before}
    return _newest_first(f"select {OPERATION} from operations", conditions, "id", limit)


def audit_entries(before: int | None = None, limit: int = 50) -> tuple[str, list[object]]:
    """Audit rows, newest first; `before` is the sequence that the page before ended with."""
    return _newest_first(f"select {AUDIT} from audit", {"sequence < ?": before}, "sequence", limit)


def _newest_first(
    select: str, conditions: dict[str, str | None] | dict[str, int | None], key: str, limit: int
) -> tuple[str, list[object]]:
    wanted = {text: value for text, value in conditions.items() if value is not None}
    where = f" where {' and '.join(wanted)}" if wanted else ""
    return f"{select}{where} order by {key} desc limit ?", [*wanted.values(), limit]
