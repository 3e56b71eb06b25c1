-- Stacks: every deploy and rollback is a numbered revision; its source lies sealed beside it (owner_table
-- stack_revisions, field source). How it went is its operation's own status.

create table stack_revisions (
  id text primary key,
  server_id text not null references servers (id),
  stack text not null,
  number integer not null check (number > 0),
  target text not null check (target in ('compose', 'swarm')),
  operation_id text not null unique references operations (id),
  plan_id text not null references operations (id),
  again_of integer,
  digest text not null,
  facts text not null,
  at text not null,
  requested_by text not null,
  unique (server_id, stack, number)
);

-- A plan serves one change.
create table stack_plan_uses (
  plan_id text primary key references operations (id),
  operation_id text not null unique references operations (id),
  server_id text not null references servers (id),
  stack text not null,
  verb text not null check (verb in ('deploy', 'rollback', 'remove')),
  used_at text not null
);
create index stack_plan_uses_by_stack on stack_plan_uses (server_id, stack, operation_id);

create unique index operations_one_stack_change on operations (server_id)
where kind in ('stack_deploy', 'stack_rollback', 'stack_remove') and status = 'running';
