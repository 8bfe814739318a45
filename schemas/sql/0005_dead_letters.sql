-- What an operator and a client ask of dead letters, and which of them were put back.

alter table dead_letters
    -- how often the record was tried: once, and once more for each redrive
    add column attempts     integer not null default 1,
    -- false where its bytes were not kept, because they may hold a card number or do not fit
    add column payload_kept boolean not null default true;

create index dead_letters_newest on dead_letters (client_id, topic, failed_at desc, partition desc, "offset" desc);

create table redrives (
    topic         text        not null,
    partition     integer     not null,
    "offset"      bigint      not null,
    letter_offset bigint      not null,
    redriven_at   timestamptz not null,
    primary key (topic, partition, "offset")
);

create index redrives_of_letter on redrives (topic, partition, letter_offset);
