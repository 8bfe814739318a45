"""The AsyncAPI 3 document of the topics that producers and consumers of other teams use."""

from schemas import topics
from schemas.asyncapi_messages import Document, message_objects, schema_objects
from schemas.version import VERSION

_BINDING_VERSION = "0.5.0"
_TEXTS = {
    topics.REQUESTS: "Transactions to be decided. Key: the customer_id. Partitioner: murmur2.",
    topics.FEEDBACK: "Reports of fraud, and requests to forget a customer, under the same key and "
    "partitioner as the transactions.",
    topics.PREDICTIONS: "One outcome for every request, on the partition number of the request. Pass over "
    "records without a value, and those whose fold has a fifth element that is not empty.",
    topics.REPLIES: "Answers that a request asked for by header, on the partition that it named.",
    topics.DEAD_LETTERS: "Refused requests, each on the partition number of the request, and a note where "
    "one was put back.",
}
_CHANNELS = {
    "requests": (topics.REQUESTS, ("transaction",)),
    "feedback": (topics.FEEDBACK, ("feedback", "erasure")),
    "predictions": (topics.PREDICTIONS, ("prediction", "duplicate", "rejected", "erased", "warmed")),
    "replies": (topics.REPLIES, ("predictionReply", "problemReply")),
    "deadLetters": (topics.DEAD_LETTERS, ("deadLetter", "redriveNote")),
}
# What FlowServe does: it receives what you send, and sends what you receive.
_OPERATIONS = {
    "decideTransaction": ("receive", "requests", "Decides a transaction; a reply only where headers ask."),
    "takeReport": ("receive", "feedback", "Takes a report, or a request to forget a customer."),
    "publishOutcome": ("send", "predictions", "Publishes what became of each request."),
    "setAside": ("send", "deadLetters", "Keeps what was refused."),
}


def asyncapi_document() -> Document:
    """The document, in default partition counts; an installation may have others."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "FlowServe on Kafka",
            "version": VERSION,
            "description": "Fraud decisions on card transactions, for producers and consumers in any "
            "language. A retry repeats the whole body, `occurred_at` included. The key is the customer_id. "
            "docs/producing.md has what this document cannot say: order, repeats, time limits, time-outs.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "A local stack; its real port is in what `make up` prints.",
            }
        },
        "channels": {name: _channel(topic, names) for name, (topic, names) in _CHANNELS.items()},
        "operations": _operations(),
        "components": {"messages": message_objects(), "schemas": schema_objects()},
    }


def _channel(name: str, messages: tuple[str, ...]) -> Document:
    topic = next(topic for topic in topics.all_topics() if topic.name == name)
    return {
        "address": name,
        "description": _TEXTS[name],
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": ["delete"],
                    "retention.ms": topic.retention_ms,
                    "max.message.bytes": topic.max_message_bytes,
                },
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _operations() -> Document:
    found: Document = {
        name: {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}
        for name, (action, channel, summary) in _OPERATIONS.items()
    }
    found["decideTransaction"]["reply"] = {"channel": {"$ref": "#/channels/replies"}}
    return found
