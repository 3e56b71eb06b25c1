-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

drop trigger grants_keep_what_they_are;
create trigger grants_keep_what_they_are before update on grants
when new.id is not old.id or new.scope is not old.scope or new.server_id is not old.server_id
  or new.granted_to is not old.granted_to or new.reason is not old.reason or new.mac is not old.mac
  or new.created_at is not old.created_at or new.expires_at is not old.expires_at or new.seconds is not old.seconds
  or new.boot is not old.boot or new.uptime is not old.uptime or new.since_sequence is not old.since_sequence
  or new.records is not old.records or old.revoked_at is not null
begin select raise(abort, 'daoflow guard: what a grant gives is fixed when it is made, and its end is final'); end;

drop trigger recordings_keep_what_they_are;
create trigger recordings_keep_what_they_are before update on recordings
when new.id is not old.id or new.operation_id is not old.operation_id or new.server_id is not old.server_id
  or new.started_at is not old.started_at or new.shell is not old.shell or new.width is not old.width
  or new.height is not old.height or new.has_input is not old.has_input or new.causes is not old.causes
  or old.deleted_at is not null or (old.ended_at is not null and new.ended_at is not old.ended_at)
begin select raise(abort, 'daoflow guard: a recording is what it was, and its end is final'); end;
