-- Who changed what: written by the database itself where keys change, added to by operators' commands, and
-- changed by nobody.

create table audit (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null default clock_timestamp(),
    -- the login, which PostgreSQL has checked, and where it came from
    who     text        not null default session_user,
    address inet        default inet_client_addr(),
    action  text        not null,
    subject text        not null,
    details jsonb       not null default '{}'
);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'audit is append-only' using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_append_only before update or delete or truncate on audit
    for each statement execute function audit_is_append_only();

-- Runs with the rights of the tables' owner, so that nobody can change a key without leaving a trace.
create function audit_api_key() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public as $$
begin
    if tg_op = 'INSERT' then
        insert into audit (action, subject, details) values ('key.create', new.key_id, jsonb_build_object(
            'client_id', new.client_id, 'name', new.name, 'scopes', new.scopes, 'expires_at', new.expires_at));
    elsif tg_op = 'DELETE' then
        insert into audit (action, subject, details)
            values ('key.delete', old.key_id, jsonb_build_object('client_id', old.client_id));
    elsif new.revoked_at is not null and old.revoked_at is null then
        insert into audit (action, subject, details)
            values ('key.revoke', new.key_id, jsonb_build_object('client_id', new.client_id));
    elsif new is distinct from old then
        insert into audit (action, subject, details)
            values ('key.change', new.key_id, jsonb_build_object('client_id', new.client_id));
    end if;
    return null;
end
$$;

create trigger api_keys_audit after insert or update or delete on api_keys
    for each row execute function audit_api_key();
