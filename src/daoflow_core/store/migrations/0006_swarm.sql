-- Swarm snapshots and plans, stacks and their revisions.

-- The newest snapshot a server; older ones are the results of their operations. `brief` is what `status` shows of it.
create table swarm_snapshots (
  server_id text primary key references servers (id),
  operation_id text not null references operations (id),
  observed_at text not null,
  brief text not null,
  snapshot text not null
);

-- A plan serves one apply.
create table swarm_plan_uses (
  plan_id text primary key references operations (id),
  run_id text not null unique references operations (id),
  used_at text not null
);

create unique index operations_one_swarm_change on operations (server_id)
where kind in ('swarm_node_availability_update', 'swarm_service_scale_update') and status = 'running';
