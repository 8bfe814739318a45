-- A redrive of dead letters is an act of an operator: each batch of its notes that the sink stores leaves one row
-- in the audit trail, by the database itself. `who` is the sink's login; Kafka tells no reader who wrote.

create function audit_redrives() returns trigger language plpgsql security definer
    set search_path = pg_catalog, public as $$
begin
    insert into audit (action, subject, details)
        select 'letters.redrive', topic || '-' || partition, jsonb_build_object(
            'letters', count(*), 'offsets', jsonb_agg(letter_offset order by letter_offset),
            'first_at', min(redriven_at), 'last_at', max(redriven_at))
        from stored group by topic, partition order by topic, partition;
    return null;
end
$$;

create trigger redrives_audit after insert on redrives
    referencing new table as stored for each statement execute function audit_redrives();
