-- A grant can demand that every shell opened by it is recorded; a recording tells who demanded it.

alter table grants add column records integer not null default 0;

-- A JSON list of server, grant and asked; null in a recording that was made before this was kept.
alter table recordings add column causes text;
