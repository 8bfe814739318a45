-- Reports that a transaction was, or was not, fraud; keyed by their place in Kafka, like every row.

create table feedback (
    topic          text        not null,
    partition      integer     not null,
    "offset"       bigint      not null,
    client_id      text        not null,
    prediction_id  uuid        not null,
    transaction_id text        not null,
    customer_id    text        not null,
    is_fraud       boolean     not null,
    reported_at    timestamptz not null,
    primary key (topic, partition, "offset")
);

create index feedback_by_prediction on feedback (prediction_id, reported_at desc);
