-- Host terminals: recordings. What was shown lies in a file of its own beside the database, under a key sealed here.

create table recordings (
  id text primary key,
  operation_id text not null unique references operations (id),
  server_id text not null references servers (id),
  started_at text not null,
  shell text not null,
  width integer not null,
  height integer not null,
  has_input integer not null,
  ended_at text,
  milliseconds integer,
  bytes integer,
  deleted_at text,
  deleted_by text
);
create index recordings_by_server on recordings (server_id, id);

-- Whether every shell on a server is recorded; without a row it is when its opener asks for it.
create table recording_rules (
  server_id text primary key references servers (id),
  always integer not null,
  changed_at text not null,
  changed_by text not null
);
