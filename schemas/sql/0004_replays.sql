-- Replays of history: each run by itself, in tables of its own, so that no query of live rows can meet them.

create table replays (
    run_id        text        primary key,
    client_id     text        not null,
    source        text        not null,
    model_version text        not null,
    state         text        not null check (state in ('running', 'stopped', 'finished', 'failed')),
    -- what the run was asked to do: a resumed run must be asked the same
    plan          json        not null,
    transactions  bigint      not null,
    done          bigint      not null default 0,
    scored        bigint      not null default 0,
    duplicate     bigint      not null default 0,
    rejected      bigint      not null default 0,
    message       text,
    started_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    finished_at   timestamptz
);

create index replays_of_client on replays (client_id, started_at desc);

create table replay_predictions (
    run_id         text        not null references replays on delete cascade,
    -- the place in the order of the run, from 1: event time, then the order of the input
    place          bigint      not null,
    client_id      text        not null,
    -- the row of the input, from 1
    input_row      bigint      not null,
    request_id     uuid        not null,
    prediction_id  uuid,
    transaction_id text,
    customer_id    text,
    terminal_id    text,
    amount         bigint,
    currency       text,
    occurred_at    timestamptz,
    status         text        not null check (status in ('scored', 'duplicate', 'rejected')),
    decision       text        check (decision in ('approve', 'review', 'decline')),
    score          double precision,
    error_code     text,
    -- as labelled by the input; null where it says nothing
    is_fraud       boolean,
    body           json        not null,
    primary key (run_id, place)
);

create index replay_predictions_by_customer on replay_predictions (run_id, customer_id, place);
create index replay_predictions_by_transaction on replay_predictions (run_id, transaction_id);
create index replay_predictions_by_time on replay_predictions (run_id, occurred_at);
