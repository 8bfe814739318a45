-- The rows that the sink writes and the API reads. Daily partitions by the UTC day on which the broker
-- received the request; a row's key is the place of its request in Kafka, so a repeat cannot make a second row.

create table sink_offsets (
    topic       text        not null,
    partition   integer     not null,
    next_offset bigint      not null,
    updated_at  timestamptz not null default now(),
    primary key (topic, partition)
);

create table requests (
    day              date        not null,
    source_topic     text        not null,
    source_partition integer     not null,
    source_offset    bigint      not null,
    client_id        text        not null,
    request_id       uuid        not null,
    source           text        not null check (source in ('rest', 'kafka', 'replay')),
    -- null where the record could not be read, or a field was not safe to keep
    transaction_id   text,
    customer_id      text,
    terminal_id      text,
    amount           bigint,
    currency         text,
    occurred_at      timestamptz,
    received_at      timestamptz not null,
    primary key (day, source_topic, source_partition, source_offset)
) partition by range (day);

create index requests_by_request_id on requests (request_id);
create index requests_newest on requests (client_id, received_at desc, source_partition desc, source_offset desc);
create index requests_by_customer on requests (client_id, customer_id, received_at desc);

create table predictions (
    day              date        not null,
    source_topic     text        not null,
    source_partition integer     not null,
    source_offset    bigint      not null,
    client_id        text        not null,
    request_id       uuid        not null,
    source           text        not null check (source in ('rest', 'kafka', 'replay')),
    status           text        not null check (status in ('scored', 'duplicate', 'rejected')),
    prediction_id    uuid,
    transaction_id   text,
    customer_id      text,
    terminal_id      text,
    decision         text        check (decision in ('approve', 'review', 'decline')),
    score            double precision,
    model_version    text,
    error_code       text,
    occurred_at      timestamptz,
    received_at      timestamptz not null,
    decided_at       timestamptz not null,
    -- the outcome exactly as it stands on the log, so that a row and an answer are equal byte for byte
    body             json        not null,
    primary key (day, source_topic, source_partition, source_offset)
) partition by range (day);

create unique index predictions_scored_once on predictions (prediction_id, day) where status = 'scored';
create index predictions_newest on predictions (client_id, received_at);

create table dead_letters (
    topic            text        not null,
    partition        integer     not null,
    "offset"         bigint      not null,
    source_topic     text,
    source_partition integer,
    source_offset    bigint,
    client_id        text        not null,
    stage            text        not null,
    error_code       text        not null,
    error_message    text        not null,
    failed_at        timestamptz not null,
    primary key (topic, partition, "offset")
);

create table api_keys (
    key_id     text        primary key,
    client_id  text        not null,
    name       text        not null,
    key_hash   bytea       not null unique,
    scopes     text[]      not null,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz
);
