import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Sends a transaction for each customer and prints what FlowServe decides, one JSON object a line.
 *
 * <p>java Produce.java HOST:PORT [FILE] where FILE holds one customer_id a line, in UTF-8.
 */
public final class Produce {
    private static final String REQUESTS = "flowserve.requests.v1";
    private static final String PREDICTIONS = "flowserve.predictions.v1";
    private static final Duration ANSWER_TIME = Duration.ofSeconds(60);

    public static void main(String[] arguments) throws Exception {
        String bootstrap = arguments[0];
        List<String> customers =
                arguments.length > 1 ? Files.readAllLines(Path.of(arguments[1])) : List.of("c-1", "c-2", "c-3");
        try (KafkaConsumer<String, byte[]> consumer = predictionsFromNowOn(bootstrap)) {
            printOutcomes(consumer, send(bootstrap, customers));
        }
    }

    /** A consumer that stands at the end of every partition, before anything is sent. */
    private static KafkaConsumer<String, byte[]> predictionsFromNowOn(String bootstrap) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", false),
                new StringDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(PREDICTIONS).stream()
                .map(found -> new TopicPartition(PREDICTIONS, found.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position); // seekToEnd alone would wait for the first poll
        return consumer;
    }

    /** Returns once Kafka has confirmed every transaction; their correlation ids. */
    private static Set<String> send(String bootstrap, List<String> customers) throws Exception {
        Set<String> waiting = new HashSet<>();
        List<Future<RecordMetadata>> confirmations = new ArrayList<>();
        // The defaults are what is needed: murmur2 over the key, acks=all, idempotence.
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrap), new StringSerializer(), new StringSerializer())) {
            for (String customer : customers) {
                String correlationId = UUID.randomUUID().toString();
                ProducerRecord<String, String> record =
                        new ProducerRecord<>(REQUESTS, customer, transaction(customer));
                record.headers().add("correlation_id", correlationId.getBytes(StandardCharsets.UTF_8));
                confirmations.add(producer.send(record));
                waiting.add(correlationId);
            }
            for (Future<RecordMetadata> confirmation : confirmations) {
                confirmation.get(); // throws where a record is not confirmed: it may be sent again as it is
            }
        }
        return waiting;
    }

    /** Keep what you send until it is answered: a retry repeats these bytes. */
    private static String transaction(String customerId) {
        return """
                {"transaction_id": "tx-%s", "customer_id": "%s", "terminal_id": "t-7",
                 "amount": 1250, "currency": "EUR", "occurred_at": "%s"}"""
                .formatted(UUID.randomUUID(), escaped(customerId), Instant.now());
    }

    /** Printable text inside a JSON string; a JSON library does this for you. */
    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("\"", "\\\"");
    }

    /** Others' outcomes are on the topic too: ours have our correlation ids. */
    private static void printOutcomes(KafkaConsumer<String, byte[]> consumer, Set<String> waiting) {
        Instant deadline = Instant.now().plus(ANSWER_TIME);
        while (!waiting.isEmpty()) {
            if (Instant.now().isAfter(deadline)) {
                throw new IllegalStateException(waiting.size() + " transactions are not decided yet");
            }
            for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                Header header = record.headers().lastHeader("correlation_id");
                if (header != null && waiting.remove(new String(header.value(), StandardCharsets.UTF_8))) {
                    System.out.writeBytes(record.value());
                    System.out.println();
                }
            }
        }
    }
}
