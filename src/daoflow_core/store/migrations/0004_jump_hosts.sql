-- Jump hosts: the server through which another is reached.

alter table servers add column jump_server_id text references servers (id) check (jump_server_id <> id);
create index servers_by_jump on servers (jump_server_id) where removed_at is null;

-- The same private address behind two jump hosts is two machines.
drop index servers_live_endpoint;
create unique index servers_live_endpoint
on servers (host, ssh_port, ssh_user, coalesce(jump_server_id, '')) where removed_at is null;
