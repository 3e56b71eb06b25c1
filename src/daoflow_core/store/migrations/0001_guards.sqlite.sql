-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger meta_identity_stays before update on meta
when old.key in ('db_uuid', 'created_at')
begin select raise(abort, 'daoflow guard: the identity of a database never changes'); end;

create trigger meta_identity_is_kept before delete on meta
when old.key in ('db_uuid', 'created_at')
begin select raise(abort, 'daoflow guard: the identity of a database is never removed'); end;

create trigger meta_identity_is_given_once before insert on meta
when new.key in ('db_uuid', 'created_at') and exists (select 1 from meta where key = new.key)
begin select raise(abort, 'daoflow guard: the identity of a database is given once'); end;

create trigger operations_begin_running before insert on operations
when new.status <> 'running' or exists (select 1 from operations where id = new.id)
begin select raise(abort, 'daoflow guard: an operation begins once, running'); end;

create trigger operations_end_once before update on operations
when old.status <> 'running'
begin select raise(abort, 'daoflow guard: an operation that ended never changes'); end;

create trigger operations_keep_their_start before update on operations
when new.id is not old.id or new.server_id is not old.server_id or new.server_name is not old.server_name
  or new.kind is not old.kind or new.dry_run is not old.dry_run or new.requested_by is not old.requested_by
  or new.permission_scope is not old.permission_scope or new.owner is not old.owner
  or new.started_at is not old.started_at
begin select raise(abort, 'daoflow guard: what an operation is, is fixed at its start'); end;

create trigger operations_stay before delete on operations
begin select raise(abort, 'daoflow guard: operations are never deleted'); end;

create trigger operation_logs_have_no_gap before insert on operation_logs
when new.sequence is not 1 + (
  select coalesce(max(sequence), 0) from operation_logs where operation_id = new.operation_id
)
begin select raise(abort, 'daoflow guard: log lines are numbered without a gap'); end;

create trigger operation_logs_end_with_it before insert on operation_logs
when (select status from operations where id = new.operation_id) is not 'running'
begin select raise(abort, 'daoflow guard: an operation that ended takes no more log lines'); end;

create trigger operation_logs_stay_as_written before update on operation_logs
begin select raise(abort, 'daoflow guard: log lines never change'); end;

create trigger operation_logs_stay before delete on operation_logs
begin select raise(abort, 'daoflow guard: log lines are never deleted'); end;

create trigger audit_has_no_gap before insert on audit
when new.sequence is not 1 + (select coalesce(max(sequence), 0) from audit)
begin select raise(abort, 'daoflow guard: audit rows are numbered without a gap'); end;

create trigger audit_is_one_chain before insert on audit
when new.previous is not coalesce(
  (select hash from audit order by sequence desc limit 1),
  '0000000000000000000000000000000000000000000000000000000000000000'
) or exists (select 1 from audit where hash = new.hash)
begin select raise(abort, 'daoflow guard: audit rows form one chain'); end;

create trigger audit_stays_as_written before update on audit
begin select raise(abort, 'daoflow guard: audit rows never change'); end;

create trigger audit_stays before delete on audit
begin select raise(abort, 'daoflow guard: audit rows are never deleted'); end;

create trigger audit_head_begins_once before insert on audit_head
when exists (select 1 from audit_head)
begin select raise(abort, 'daoflow guard: audit has one head'); end;

create trigger audit_head_moves_forward before update on audit_head
when new.id is not old.id or new.sequence <= old.sequence
begin select raise(abort, 'daoflow guard: audit''s head moves forward only'); end;

create trigger audit_head_stays before delete on audit_head
begin select raise(abort, 'daoflow guard: audit keeps its head'); end;

create trigger readiness_changes_stay_as_written before update on readiness_changes
begin select raise(abort, 'daoflow guard: changes of readiness never change'); end;
