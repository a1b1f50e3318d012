import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Answers questions about a Kafka, a JSON line for each line of its input, by Apache's own client. Ends with its input. */
public class KafkaWitness {
  static final ObjectMapper JSON = new ObjectMapper();
  static final int LIMIT_MS = 30_000;

  public static void main(String[] args) throws Exception {
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = questions.readLine()) != null; ) {
      ObjectNode answer = JSON.createObjectNode();
      try {
        JsonNode question = JSON.readTree(line);
        if (question.has("topic")) read(args[0], question, answer.putArray("records"));
        else transactions(args[0], answer.putObject("transactions"));
      } catch (Exception e) {
        answer.removeAll().put("error", e.toString());
      }
      System.out.println(JSON.writeValueAsString(answer));
    }
  }

  /** All records that a reader of that isolation can see now. Its position also moves over what it cannot see. */
  static void read(String bootstrap, JsonNode question, ArrayNode records) throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", bootstrap,
        "isolation.level", question.get("isolation").asText(),
        "auto.offset.reset", "earliest",
        "enable.auto.commit", false,
        "default.api.timeout.ms", LIMIT_MS);
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      List<TopicPartition> partitions = consumer.partitionsFor(question.get("topic").asText()).stream()
          .map(partition -> new TopicPartition(partition.topic(), partition.partition()))
          .toList();
      if (partitions.isEmpty()) throw new Exception("there is no such topic");
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long end = System.currentTimeMillis() + LIMIT_MS;
      while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
        if (System.currentTimeMillis() > end) throw new Exception("the topic was not read to its end in time");
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          ObjectNode node = records.addObject()
              .put("partition", record.partition())
              .put("offset", record.offset())
              .put("timestamp", record.timestamp())
              .put("key", record.key())
              .put("value", record.value());
          ArrayNode headers = node.putArray("headers");
          for (var header : record.headers()) headers.addArray().add(header.key()).add(header.value());
        }
      }
    }
  }

  /** The state of each transactional id that the brokers know. */
  static void transactions(String bootstrap, ObjectNode states) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "default.api.timeout.ms", LIMIT_MS))) {
      for (var transaction : admin.listTransactions().all().get()) {
        states.put(transaction.transactionalId(), transaction.state().toString());
      }
    }
  }
}
