-- Certificates: public facts here, bodies and private keys sealed in `sealed`. A link to a server is a record of use.

create table certificates (
  id text primary key,
  name text not null unique,
  fingerprint text not null unique,
  facts text not null,
  version integer not null default 1,
  created_at text not null,
  updated_at text not null,
  rotated_at text
);

create table certificate_uses (
  certificate_id text not null references certificates (id),
  server_id text not null references servers (id),
  attached_at text not null,
  attached_by text not null,
  primary key (certificate_id, server_id)
);
create index certificate_uses_by_server on certificate_uses (server_id);
