-- What resource checks, cleanups and cancellations keep beside the record of their operation.

create table resource_snapshots (
  operation_id text primary key references operations (id),
  server_id text not null references servers (id),
  at text not null,
  snapshot text not null
);
create index resource_snapshots_by_server on resource_snapshots (server_id, operation_id);

-- One point of a server's trend a check, recurring ones included; the newest few hundred a server are kept.
create table resource_samples (
  server_id text not null references servers (id),
  at text not null,
  cpu_percent integer,
  memory_percent integer,
  disk_percent integer,
  primary key (server_id, at)
);

-- A preview serves one run.
create table cleanup_uses (
  preview_id text primary key references operations (id),
  run_id text not null unique references operations (id),
  used_at text not null
);

-- Another process may ask the owner of a running operation to end it.
create table operation_cancels (
  operation_id text primary key references operations (id),
  requested_by text not null,
  requested_at text not null
);

create unique index operations_one_cleanup on operations (server_id)
where kind = 'cleanup_run' and status = 'running';
create index operations_by_kind on operations (server_id, kind, id);
