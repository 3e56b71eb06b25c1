-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger recordings_keep_what_they_are before update on recordings
when new.id is not old.id or new.operation_id is not old.operation_id or new.server_id is not old.server_id
  or new.started_at is not old.started_at or new.shell is not old.shell or new.width is not old.width
  or new.height is not old.height or new.has_input is not old.has_input or old.deleted_at is not null
  or (old.ended_at is not null and new.ended_at is not old.ended_at)
begin select raise(abort, 'daoflow guard: a recording is what it was, and its end is final'); end;

create trigger recordings_stay before delete on recordings
when old.ended_at is not null or old.deleted_at is not null
begin select raise(abort, 'daoflow guard: that there was a recording is never forgotten'); end;
