-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger resource_snapshots_stay_as_written before update on resource_snapshots
begin select raise(abort, 'daoflow guard: a resource snapshot never changes'); end;

create trigger cleanup_uses_stay_as_written before update on cleanup_uses
begin select raise(abort, 'daoflow guard: the use of a preview never changes'); end;

create trigger cleanup_uses_stay before delete on cleanup_uses
begin select raise(abort, 'daoflow guard: the use of a preview is never removed'); end;
