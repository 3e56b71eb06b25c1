-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger swarm_plan_uses_stay_as_written before update on swarm_plan_uses
begin select raise(abort, 'daoflow guard: the use of a plan never changes'); end;

create trigger swarm_plan_uses_stay before delete on swarm_plan_uses
begin select raise(abort, 'daoflow guard: the use of a plan is never removed'); end;
