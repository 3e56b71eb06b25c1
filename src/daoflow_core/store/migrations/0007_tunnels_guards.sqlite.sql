-- What SQLite itself refuses, whoever asks. Each message begins with the words that `faults.py` looks for.

create trigger tunnel_hostnames_have_one_tunnel before insert on tunnel_routes
when new.status = 'active' and exists (
  select 1 from tunnel_routes where hostname = new.hostname and status = 'active' and tunnel_id <> new.tunnel_id
)
begin select raise(abort, 'daoflow guard: a hostname belongs to one tunnel'); end;

create trigger tunnel_hostnames_keep_one_tunnel before update on tunnel_routes
when new.status = 'active' and exists (
  select 1 from tunnel_routes where hostname = new.hostname and status = 'active' and tunnel_id <> new.tunnel_id
)
begin select raise(abort, 'daoflow guard: a hostname belongs to one tunnel'); end;

create trigger tunnel_routes_are_pruned_stale before delete on tunnel_routes
when old.status = 'active'
begin select raise(abort, 'daoflow guard: only a stale route is removed'); end;

create trigger tunnel_revisions_grow before update on tunnels
when new.revision < old.revision or new.credential_version < old.credential_version
begin select raise(abort, 'daoflow guard: a tunnel counts its changes upwards'); end;

create trigger tunnel_operations_stay_as_written before update on tunnel_operations
begin select raise(abort, 'daoflow guard: which tunnel an operation is of never changes'); end;

create trigger tunnel_operations_stay before delete on tunnel_operations
begin select raise(abort, 'daoflow guard: which tunnel an operation is of is never removed'); end;
