-- Managed tunnels: external route providers and what they expose. Credentials lie in `sealed`. An operation on a tunnel
-- is one of no server: its server_id is empty, and its server_name is the tunnel's name.

create table tunnels (
  id text primary key,
  name text not null unique,
  provider text not null check (provider in ('manual', 'cloudflare')),
  provider_tunnel_id text,
  account_id text,
  domain text,
  status text not null check (status in ('inactive', 'active', 'error')),
  credential_version integer not null default 0,
  credentials_at text,
  rotated_at text,
  revision integer not null default 0,
  synced_at text,
  observed_at text,
  health text,
  connections integer,
  config_source text,
  failed_at text,
  failure text,
  failure_code text,
  created_at text not null,
  updated_at text not null,
  check ((failed_at is null) = (failure is null))
);
create unique index tunnels_one_provider_id on tunnels (provider, provider_tunnel_id)
where provider_tunnel_id is not null;

create table tunnel_routes (
  id text primary key,
  tunnel_id text not null references tunnels (id),
  hostname text not null, -- in its ASCII form
  path text not null default '',
  service text not null,
  status text not null check (status in ('active', 'stale')),
  source text not null check (source in ('manual', 'provider')),
  last_seen_at text not null,
  check_outcome text,
  check_status integer,
  check_latency_ms integer,
  check_detail text,
  checked_at text,
  created_at text not null,
  updated_at text not null,
  unique (tunnel_id, hostname, path)
);
create index tunnel_routes_by_hostname on tunnel_routes (hostname) where status = 'active';

-- A rotation at the provider whose outcome was not recorded yet; its new secret lies sealed under the same version.
create table tunnel_rotations (
  tunnel_id text primary key references tunnels (id),
  operation_id text not null references operations (id),
  started_at text not null,
  started_by text not null,
  version integer not null
);

-- Which tunnel an operation is of; it outlives the tunnel.
create table tunnel_operations (
  operation_id text primary key references operations (id),
  tunnel_id text not null
);
create index tunnel_operations_by_tunnel on tunnel_operations (tunnel_id, operation_id);
