// Sends a transaction for each customer and prints what FlowServe decides, one JSON object a line.
// node produce.cjs HOST:PORT [FILE]    FILE holds one customer_id a line, in UTF-8
const { randomUUID } = require("node:crypto");
const { readFileSync } = require("node:fs");
const { CompressionCodecs, CompressionTypes, Kafka, Partitioners, logLevel } = require("kafkajs");
const lz4 = require("lz4-napi");

const REQUESTS = "flowserve.requests.v1";
const PREDICTIONS = "flowserve.predictions.v1";
const ANSWER_MS = 60_000;

// FlowServe compresses what it publishes with LZ4, which KafkaJS has no codec of its own for.
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => lz4.compressFrame(encoder.buffer),
  decompress: (buffer) => lz4.decompressFrame(buffer),
});

// Keep what you send until it is answered: a retry repeats these bytes.
function transaction(customerId) {
  return JSON.stringify({
    transaction_id: `tx-${randomUUID()}`,
    customer_id: customerId,
    terminal_id: "t-7",
    amount: 1250,
    currency: "EUR",
    occurred_at: new Date().toISOString(),
  });
}

// A consumer that stands at the end of every partition, before anything is sent.
async function predictionsFromNowOn(kafka, onRecord) {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(PREDICTIONS);
  await admin.disconnect();

  const consumer = kafka.consumer({ groupId: `example-${randomUUID()}` });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic: PREDICTIONS });
  await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => onRecord(message) });
  await joined;
  for (const { partition, high } of ends) {
    consumer.seek({ topic: PREDICTIONS, partition, offset: high });
  }
  return consumer;
}

// Resolves once Kafka has confirmed every transaction.
async function send(kafka, customers, waiting) {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner, // murmur2; the legacy one is another
    idempotent: true, // and with it acks=all
  });
  await producer.connect();
  const messages = customers.map((customer) => {
    const correlationId = randomUUID();
    waiting.add(correlationId);
    return { key: customer, value: transaction(customer), headers: { correlation_id: correlationId } };
  });
  await producer.send({ topic: REQUESTS, messages });
  await producer.disconnect();
}

async function main([bootstrap, file]) {
  const customers = file ? readFileSync(file, "utf8").split("\n").filter(Boolean) : ["c-1", "c-2", "c-3"];
  const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.ERROR });
  const waiting = new Set();
  let answered;
  const all = new Promise((resolve, reject) => {
    answered = resolve;
    setTimeout(() => reject(new Error(`${waiting.size} transactions are not decided yet`)), ANSWER_MS).unref();
  });
  // Others' outcomes are on the topic too: ours have our correlation ids.
  const consumer = await predictionsFromNowOn(kafka, (record) => {
    if (waiting.delete(record.headers.correlation_id?.toString())) {
      console.log(record.value.toString());
      if (waiting.size === 0) answered();
    }
  });
  await send(kafka, customers, waiting);
  await all;
  await consumer.disconnect();
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
