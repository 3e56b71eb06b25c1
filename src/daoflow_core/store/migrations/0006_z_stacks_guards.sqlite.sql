-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger stack_revisions_have_no_gap before insert on stack_revisions
when new.number is not 1 + (
  select coalesce(max(number), 0) from stack_revisions where server_id = new.server_id and stack = new.stack
)
begin select raise(abort, 'daoflow guard: revisions of a stack are numbered without a gap'); end;

create trigger stack_revisions_stay_as_written before update on stack_revisions
begin select raise(abort, 'daoflow guard: a revision of a stack never changes'); end;

create trigger stack_revisions_stay before delete on stack_revisions
begin select raise(abort, 'daoflow guard: a revision of a stack is never removed'); end;

create trigger stack_plan_uses_stay_as_written before update on stack_plan_uses
begin select raise(abort, 'daoflow guard: the use of a plan never changes'); end;

create trigger stack_plan_uses_stay before delete on stack_plan_uses
begin select raise(abort, 'daoflow guard: the use of a plan is never removed'); end;
