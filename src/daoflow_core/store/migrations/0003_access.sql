-- Who may act beside the owner, and until when. `since_sequence` is the newest audit row of that moment, boot and
-- uptime tell the time that no clock setting changes, `mac` binds what is granted to the vault.

create table tokens (
  id text primary key,
  name text not null unique, -- the records go by it, also after the token's end
  prefix text not null,
  mac text not null unique,
  scopes text not null,
  servers text,
  created_at text not null,
  created_by text not null,
  expires_at text not null,
  seconds integer not null check (seconds > 0),
  boot text,
  uptime integer not null,
  since_sequence integer not null,
  last_used_at text,
  revoked_at text,
  revoked_by text
);
create index tokens_by_prefix on tokens (prefix);

create table grants (
  id text primary key,
  scope text not null check (scope = 'terminal:open'),
  server_id text not null references servers (id),
  granted_to text not null,
  reason text not null,
  mac text not null unique,
  created_at text not null,
  expires_at text not null,
  seconds integer not null check (seconds > 0),
  boot text,
  uptime integer not null,
  since_sequence integer not null,
  revoked_at text,
  revoked_by text
);
create index grants_by_server on grants (server_id, id);
