-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger tokens_keep_what_they_are before update on tokens
when new.id is not old.id or new.name is not old.name or new.mac is not old.mac or new.scopes is not old.scopes
  or new.servers is not old.servers or new.created_at is not old.created_at or new.expires_at is not old.expires_at
  or new.seconds is not old.seconds or new.boot is not old.boot or new.uptime is not old.uptime
  or new.since_sequence is not old.since_sequence or old.revoked_at is not null
begin select raise(abort, 'daoflow guard: what a token may is fixed when it is made, and its end is final'); end;

create trigger tokens_stay before delete on tokens
begin select raise(abort, 'daoflow guard: tokens are never deleted'); end;

create trigger grants_keep_what_they_are before update on grants
when new.id is not old.id or new.scope is not old.scope or new.server_id is not old.server_id
  or new.granted_to is not old.granted_to or new.reason is not old.reason or new.mac is not old.mac
  or new.created_at is not old.created_at or new.expires_at is not old.expires_at or new.seconds is not old.seconds
  or new.boot is not old.boot or new.uptime is not old.uptime or new.since_sequence is not old.since_sequence
  or old.revoked_at is not null
begin select raise(abort, 'daoflow guard: what a grant gives is fixed when it is made, and its end is final'); end;

create trigger grants_stay before delete on grants
begin select raise(abort, 'daoflow guard: grants are never deleted'); end;

-- REPLACE takes a row away behind a delete trigger's back.
create trigger tokens_are_made_once before insert on tokens
when exists (select 1 from tokens where id = new.id or mac = new.mac or name = new.name)
begin select raise(abort, 'daoflow guard: a token is made once, under a name of its own'); end;

create trigger grants_are_made_once before insert on grants
when exists (select 1 from grants where id = new.id or mac = new.mac)
begin select raise(abort, 'daoflow guard: a grant is made once'); end;
