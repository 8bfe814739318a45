"""Every SQL statement of the API, in one place. Rows of other clients are filtered here, never later."""

API_KEYS = """
select key_id, client_id, key_hash, scopes, extract(epoch from expires_at)::float8 as expires_at
from api_keys
where revoked_at is null and (expires_at is null or expires_at > now())
"""

_SAME_SOURCE = """
    p.day = r.day and p.source_topic = r.source_topic
    and p.source_partition = r.source_partition and p.source_offset = r.source_offset
"""

# A repeat names the prediction that it repeats: `first_body` is the answer that was given then. A dead letter
# that was redriven has several records under one id: the one that was scored answers, whichever came first.
_OF_REQUEST = """
where r.request_id = {request_id} and r.client_id = {client_id}
order by array_position(array['scored', 'duplicate', 'rejected'], p.status),
    r.received_at, r.source_partition, r.source_offset
limit 1
"""
_OUTCOME = (
    """
select p.status, p.body, f.body as first_body
from requests r
left join predictions p on """
    + _SAME_SOURCE
    + """
left join predictions f
    on p.status = 'duplicate' and f.status = 'scored'
    and f.prediction_id = p.prediction_id and f.client_id = r.client_id"""
    + _OF_REQUEST
)

_ITS_IDS = {"client_id": "$1", "request_id": "$2"}
REQUEST = _OUTCOME.format(**_ITS_IDS)

# Many at once: pairs of client and request id, in two arrays.
REQUEST_OUTCOMES = f"""
select asked.client_id, asked.request_id, found.*
from unnest($1::text[], $2::uuid[]) as asked (client_id, request_id)
cross join lateral ({_OUTCOME.format(client_id="asked.client_id", request_id="asked.request_id")}) found
"""  # noqa: S608

PREDICTION = """
select body from predictions where client_id = $1 and prediction_id = $2 and status = 'scored' limit 1
"""

# The last report on the log counts, as it does for the scorer, whatever the broker's clock said. Offsets
# compare within one partition only, and a customer's reports belong where the customer's requests are.
_LATEST_REPORT = """
left join lateral (
    select is_fraud, reported_at from feedback
    where prediction_id = p.prediction_id and client_id = r.client_id and partition = p.source_partition
    order by "offset" desc limit 1
) f on true
"""

_LOG_COLUMNS = """
select r.request_id, r.transaction_id, r.customer_id, r.terminal_id, r.amount, r.currency, r.occurred_at,
    r.source, r.received_at, r.source_partition, r.source_offset,
    coalesce(p.status, 'pending') as outcome, p.prediction_id, p.body,
    f.is_fraud, f.reported_at"""
_LOG_TABLES = (
    """
from requests r
left join predictions p on """
    + _SAME_SOURCE
    + _LATEST_REPORT
)
LOG_ROWS = _LOG_COLUMNS + _LOG_TABLES

# A replay's rows have a place in place of an offset, and the label of the input in place of a report.
RUN_LOG_ROWS = """
select p.request_id, p.transaction_id, p.customer_id, p.terminal_id, p.amount, p.currency, p.occurred_at,
    'replay' as source, (p.body ->> 'received_at')::timestamptz as received_at,
    0 as source_partition, p.place as source_offset,
    p.status as outcome, p.prediction_id, p.body,
    p.is_fraud, null::timestamptz as reported_at
from replay_predictions p
"""

NEWEST_PLACE_FIRST = " order by p.place desc limit "

_REPLAYS = """
select run_id, source, model_version, state, done, transactions, scored, duplicate, rejected,
    started_at, updated_at, finished_at, message
from replays where client_id = $1
"""

REPLAY = _REPLAYS + " and run_id = $2"

REPLAYS = (
    _REPLAYS
    + """ and ($2::timestamptz is null or (started_at, run_id) < ($2, $3))
order by started_at desc, run_id desc limit $4
"""
)

# A run against what was decided live, transaction by transaction: how many went from one decision to another.
COMPARISON = """
select live.decision as live, run.decision as run, count(*) as transactions,
    count(*) filter (where run.is_fraud) as frauds, avg(run.score - live.score) as score_shift
from replay_predictions run
left join predictions live on live.prediction_id = run.prediction_id
    and live.status = 'scored' and live.client_id = $1
where run.run_id = $2 and run.status = 'scored'
group by 1, 2 order by 1, 2
"""

NEWEST_FIRST = " order by r.received_at desc, r.source_partition desc, r.source_offset desc limit "

# The sink's own dead letters stand under other topics: they are rows for the operator, not for a client.
DEAD_LETTER_ROWS = """
select d.partition, d."offset", d.source_topic, d.source_partition, d.source_offset, d.stage, d.error_code,
    d.error_message, d.attempts, d.payload_kept, d.failed_at,
    (select min(redriven_at) from redrives
     where topic = d.topic and partition = d.partition and letter_offset = d."offset") as redriven_at
from dead_letters d
"""

NEWEST_LETTER_FIRST = ' order by d.failed_at desc, d.partition desc, d."offset" desc limit '

# Written out for each table, not joined to a row of moments: the planner must see the bounds. What is read of
# `predictions` is in the index `predictions_window`; a column more would read every row's body.
_IN_WINDOW = """
    {0}.client_id = $1 and {0}.source_topic = $3 and {0}.received_at >= now() - $2::interval
    and {0}.day >= ((now() - $2::interval) at time zone 'UTC')::date
"""

# A request and its outcome carry the same client and the same time of arrival, so both fall into the window
# or both fall out. What is decided and what is pending are then two disjoint parts of what was accepted.
METRICS = f"""
with decided as materialized (
    select p.status, p.source, p.decision, p.model_version, p.decided_at - p.received_at as took
    from predictions p where {_IN_WINDOW.format("p")}
),
counted as materialized (
    select status as outcome, source, decision, model_version, count(*) as n from decided group by 1, 2, 3, 4
    union all
    select 'pending', r.source, null, null, count(*) from requests r
    where {_IN_WINDOW.format("r")} and not exists (
        select from predictions p
        where {_IN_WINDOW.format("p")} and p.day = r.day
            and p.source_partition = r.source_partition and p.source_offset = r.source_offset
    )
    group by r.source
),
reported as (
    select distinct on (f.prediction_id) f.is_fraud, p.decision <> 'approve' as flagged
    from predictions p join feedback f
        on f.prediction_id = p.prediction_id and f.client_id = $1 and f.partition = p.source_partition
    where p.status = 'scored' and {_IN_WINDOW.format("p")}
    order by f.prediction_id, f."offset" desc
)
select now() - $2::interval as since, now() as until,
    (select percentile_cont(array[0.5, 0.95, 0.99]) within group (order by took)
        from decided where status = 'scored') as took,
    (select coalesce(sum(n), 0)::bigint from counted) as accepted,
    (select json_object_agg(outcome, n)
        from (select outcome, sum(n) n from counted group by 1) x) as outcomes,
    (select json_object_agg(source, n) from (select source, sum(n) n from counted group by 1) x) as sources,
    (select json_object_agg(decision, n)
        from (select decision, sum(n) n from counted where decision is not null group by 1) x) as decisions,
    (select json_object_agg(model_version, n)
        from (select model_version, sum(n) n from counted where outcome = 'scored' group by 1) x) as versions,
    (select json_build_object(
        'reports', count(*),
        'frauds', count(*) filter (where is_fraud),
        'flagged', count(*) filter (where flagged),
        'caught', count(*) filter (where flagged and is_fraud)
    ) from reported) as reports
"""  # noqa: S608 - our own text only

# The rows that METRICS counts, step by step ($4, in seconds); the last row, without a time, is of them all.
SERIES = f"""
with decided as (
    select to_timestamp(floor(extract(epoch from p.received_at) / $4::int) * $4::int) as at,
        p.status, p.decision, p.decided_at - p.received_at as took
    from predictions p where {_IN_WINDOW.format("p")}
)
select at,
    count(*) filter (where decision = 'approve') as approve,
    count(*) filter (where decision = 'review') as review,
    count(*) filter (where decision = 'decline') as decline,
    count(*) filter (where status = 'duplicate') as duplicate,
    count(*) filter (where status = 'rejected') as rejected,
    percentile_cont(array[0.5, 0.95, 0.99]) within group (order by took)
        filter (where status = 'scored') as took
from decided group by grouping sets ((at), ()) order by at
"""  # noqa: S608 - our own text only

# What was reviewed or declined, newest first; the index `predictions_flagged` holds just these.
FLAGGED = (
    LOG_ROWS
    + f"""
where p.decision in ('review', 'decline') and {_IN_WINDOW.format("p")} and {_IN_WINDOW.format("r")}
order by p.received_at desc limit $4
"""
)

# One request and all that is known of its way: where its record lies, and when its row was written.
TRACE = _LOG_COLUMNS + ", p.decided_at, p.stored_at" + _LOG_TABLES + _OF_REQUEST.format(**_ITS_IDS)

STORED_OFFSETS = "select partition, next_offset from sink_offsets where topic = $1"

MODEL = """
with newest as (
    select body, model_version, decided_at from predictions
    where client_id = $1 and status = 'scored' and source_topic = $2
    order by received_at desc limit 1
)
select newest.body, newest.decided_at,
    (select json_object_agg(coalesce(model_version, ''), n) from (
        select model_version, count(*) n from predictions
        where client_id = $1 and status = 'scored' and source_topic = $2
            and received_at >= now() - interval '1 hour'
            and day >= ((now() - interval '1 hour') at time zone 'UTC')::date
        group by 1
    ) x) as versions
from newest
"""

# The newest of the last hour: as many as drift is told from.
FEATURES = """
select body from predictions
where client_id = $1 and status = 'scored' and source_topic = $2 and model_version = $3
    and received_at >= now() - interval '1 hour'
    and day >= ((now() - interval '1 hour') at time zone 'UTC')::date
order by received_at desc limit $4
"""
