-- Portable subset: TEXT stamps (ISO 8601, UTC), no JSON operators, no "insert or". `blob` is the one word that another
-- engine spells differently. Triggers are SQLite's own and stand in 0001_guards.sqlite.sql beside this file.

create table meta (
  key text primary key,
  value text not null
);

create table ssh_keys (
  id text primary key,
  name text not null unique,
  username text,
  fingerprint text not null unique,
  key_type text not null,
  bits integer not null,
  public_key text not null,
  version integer not null default 1,
  created_at text not null,
  updated_at text not null,
  rotated_at text,
  last_used_at text
);

create table servers (
  id text primary key,
  name text not null,
  host text not null,
  ssh_port integer not null check (ssh_port between 1 and 65535),
  ssh_user text not null,
  region text not null,
  kind text not null check (kind in ('docker-engine', 'docker-swarm-manager')),
  environment text not null check (environment in ('', 'prod', 'staging', 'dev')),
  ssh_key_id text references ssh_keys (id),
  agent_fingerprint text,
  read_only integer not null default 0 check (read_only in (0, 1)),
  created_at text not null,
  updated_at text not null,
  removed_at text
);
create unique index servers_live_name on servers (name) where removed_at is null;
create unique index servers_live_endpoint on servers (host, ssh_port, ssh_user) where removed_at is null;

create table sealed (
  owner_table text not null,
  owner_id text not null,
  field text not null,
  version integer not null,
  blob blob not null,
  primary key (owner_table, owner_id, field)
);

create table vault_slots (
  id text primary key,
  kind text not null check (kind in ('keyfile', 'passphrase', 'environment', 'keyring')),
  params text not null,
  salt text not null,
  wrapped_root text not null,
  created_at text not null,
  status text not null default 'active'
);

create table vault_keys (
  kid text primary key,
  status text not null check (status in ('active', 'retired')),
  created_at text not null
);

create table host_keys (
  id text primary key,
  server_id text not null references servers (id),
  algorithm text not null,
  public_key text not null,
  fingerprint text not null,
  status text not null check (status in ('observed', 'approved', 'superseded')),
  observed_at text not null,
  last_observed_at text not null,
  approved_at text,
  approved_by text,
  superseded_at text,
  unique (server_id, algorithm, fingerprint)
);
create unique index host_keys_one_approved on host_keys (server_id) where status = 'approved';

create table readiness (
  server_id text primary key references servers (id),
  status text not null check (status in ('ready', 'attention', 'blocked', 'unknown')),
  checked_at text not null,
  issues text not null,
  ssh_reachable integer,
  docker_reachable integer,
  compose_reachable integer,
  docker_version text,
  compose_version text,
  latency_ms integer,
  uses_sudo integer not null default 0,
  cpu_percent integer,
  memory_percent integer,
  disk_percent integer,
  os_name text,
  swarm_state text,
  operation_id text,
  good_at text
);

create table readiness_changes (
  id text primary key, -- two changes may bear the same millisecond
  server_id text not null references servers (id),
  at text not null,
  status text not null,
  previous text,
  reason text not null
);
create index readiness_changes_by_server on readiness_changes (server_id, id);

create table operations (
  id text primary key,
  server_id text not null,
  server_name text not null,
  kind text not null,
  status text not null check (status in ('running', 'completed', 'partial', 'failed', 'interrupted', 'cancelled')),
  dry_run integer not null check (dry_run in (0, 1)),
  requested_by text not null,
  permission_scope text not null,
  summary text not null,
  result text not null,
  error text,
  error_code text,
  owner text not null,
  started_at text not null,
  completed_at text,
  check ((status = 'running') = (completed_at is null))
);
create index operations_by_server on operations (server_id, id);
create index operations_running on operations (owner) where status = 'running';

create table operation_logs (
  operation_id text not null references operations (id),
  sequence integer not null,
  at text not null,
  stream text not null check (stream in ('info', 'run', 'stdout', 'stderr', 'exit', 'error')),
  message text not null,
  primary key (operation_id, sequence)
);

create table audit (
  sequence integer primary key,
  at text not null,
  actor text not null,
  scope text not null,
  action text not null,
  target text not null,
  phase text not null check (phase in ('intent', 'outcome', 'denied')),
  outcome text not null,
  operation_id text,
  detail text not null,
  previous text not null,
  hash text not null unique
);
create index audit_by_operation on audit (operation_id) where operation_id is not null;

create table audit_head (
  id integer primary key check (id = 1),
  sequence integer not null,
  hash text not null,
  mac text not null
);
