"""What docs/overload.md says besides figures."""

HEAD = """\
# Overload, and processes that come and go

Written by `python -m tests.overload` (`--report` writes it again from `build/overload/`); not by hand.

**What happens when more comes than can be decided.** A request that is let in is answered in time, or
nearly; the others get 503 `overloaded` with `Retry-After` at once. That is decided before a key is looked
at, a body is read or anything is published. The API lets in:

- while answers come within half of `FLOWSERVE_QUEUE_SECONDS` (0.5 s), up to `FLOWSERVE_MAX_PENDING` (2,000)
  calls; once they take longer, as many as are answered within `FLOWSERVE_QUEUE_SECONDS` at the pace of the
  moment, and at least `FLOWSERVE_MIN_PENDING` (64);
- nobody while its own event loop is later than that, or while the scorer is more than
  `FLOWSERVE_MAX_LAG_SECONDS` (10 s) behind.

Who is shed is counted in `flowserve_api_shed_total`, and told of in the log once a second instead of in a
line each. The pace is a process's own: several APIs share a scorer in the proportion in which it answers
them.

Callers here come in an open loop: they do not wait for each other, and the time of a call counts from the
moment it was meant to start. One whose budget is over closes its connection, and the next one opens a new
one. Callers, Kafka, PostgreSQL, API, scorer and sink share the machine.
"""

OPERATIONS = """\
## Operations

**A quota for every direct producer.** REST callers and direct producers share the partitions of `requests`,
which are decided in order. The API can only turn away its own callers: without a quota a producer that
writes faster than the scorers decide builds a backlog, REST callers wait behind it until their time is over
(202), and 10 s later they are all refused (503). While the scorers keep up with both, a quota changes
little. Only Kafka can slow such a producer down, so give its name a share
([security.md](security.md) tells how it gets a name):

```
kafka-configs.sh --bootstrap-server HOST:PORT --command-config admin.properties --alter \\
    --entity-type users --entity-name acme-bank --add-config 'producer_byte_rate=2097152'
```

The rate is in bytes a second and for each broker. About 400 bytes are one request without compression;
leave room for REST: all quotas together should stay below what the scorers decide. A producer above its
quota is not refused: Kafka answers it later, and its client has to wait.

**Restarts.** SIGTERM to one process at a time, the next when `/health/ready` of every API says `ready`. A
client that repeats the same body after `Retry-After` or a broken connection notices only a longer answer.
Every process ends within 25 s, a scorer also when its batch is stuck (code 75; `make faults`, row F05).

**More scorers** join and leave at any time (each with its own `FLOWSERVE_SCORER_SLOT`); partitions move
within the seconds measured above.
"""
