"""The profiles of `benchmarks.flame` as a table: which part of a process has how much of its time.

A part is named by a piece of a stack; the first part of the list that a stack holds gets the sample.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

Part = tuple[str, str]
"""(its name, a piece of the stacks that belong to it)"""

OTHER = "everything else"
_FAUST = "faust: from the consumer's thread to the actor"
_LOOP = "the event loop itself, and waiting for it"

SCORER: Sequence[Part] = (
    ("decide: headers and ids of the request", "read_envelope ("),
    ("decide: decode and check", "admit ("),
    ("decide: prediction id, hash of the body", "arrival_of ("),
    ("decide: state and features", "fold_in ("),
    ("decide: model", "Model.score ("),
    ("decide: reasons", "Model.explain ("),
    ("decide: the prediction", "Batch._prediction ("),
    ("decide: encode", "result (stream_processor/pipeline/results.py"),
    ("decide: the rest", "decide (stream_processor/pipeline/decide.py"),
    ("replies", "stream_processor/scorer/replies.py"),
    ("append to the log", "LogWriter.append ("),
    ("labels that fall due", "Actors.mature ("),
    ("producer: send", "aiokafka/producer/"),
    ("consumer: fetch and parse", "aiokafka/consumer/"),
    ("the rest of aiokafka", "aiokafka/"),
    ("actor: the rest", "PartitionActor.handle ("),
    (_FAUST, "faust/streams.py"),
    (_FAUST, "faust/transport/"),
    (_FAUST, "faust/agents/"),
    (_FAUST, "stream_processor/scorer/transport.py"),
    ("start", "_find_and_load ("),
    (_LOOP, "Condition.wait ("),
    (_LOOP, "mode/threads.py"),
    (_LOOP, "mode/worker.py"),
    (_LOOP, "concurrent/futures/thread.py"),
)
API: Sequence[Part] = (
    ("access log", "ErrorAndLogMiddleware._log ("),
    ("gate: key, rate, body", "Gate._check ("),
    ("decode and check", "read_transaction ("),
    ("ask: record, header, producer", "Decisions.submit ("),
    ("wait for receipt and reply", "Decisions.outcome ("),
    ("answer: headers and socket", "Response.__call__ ("),
    ("middleware: the rest", "ErrorAndLogMiddleware.__call__ ("),
    ("HTTP protocol", "data_received ("),
    ("producer: send", "aiokafka/producer/"),
    ("replies: fetch, parse, match", "ingest_api/replies.py"),
    ("replies: fetch, parse, match", "aiokafka/consumer/"),
    ("the rest of aiokafka", "aiokafka/"),
    (_LOOP, "asyncio/runners.py"),
)


def shares(stacks: Iterable[str], parts: Sequence[Part]) -> list[tuple[str, float]]:
    """(part, share of the samples), the largest first. Stacks are py-spy's raw form: frames, then a count.

    Raises ValueError without samples.
    """
    counted: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        counted[_part_of(stack, parts)] += int(count)
    total = counted.total()
    if not total:
        raise ValueError("no samples: the process was idle, or py-spy could not look into it")
    return [(part, count / total) for part, count in counted.most_common()]


def table(stacks: Iterable[str], parts: Sequence[Part]) -> str:
    """As Markdown."""
    rows = [f"| {part} | {share:.1%} |" for part, share in shares(stacks, parts)]
    return "\n".join(("| Part | Share |", "|---|---|", *rows))


def _part_of(stack: str, parts: Sequence[Part]) -> str:
    return next((name for name, piece in parts if piece in stack), OTHER)
