-- What the console asks: the few transactions that were reviewed or declined, newest first, and when a row was
-- written. Rows from before this column have no such time.

create index predictions_flagged on predictions (client_id, received_at desc)
    where decision in ('review', 'decline');

alter table predictions add column stored_at timestamptz;
alter table predictions alter column stored_at set default clock_timestamp();
