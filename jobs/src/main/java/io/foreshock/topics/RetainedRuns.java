package io.foreshock.topics;

import io.foreshock.format.TelemetryFile;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The events of some runs out of the telemetry topic, as the job reads them: the same reader, the same order, the time
 * of the record where an event has none. All partitions are read, because clients differ in where they put a key.
 *
 * <p>It ends where the topic ended when it was opened.
 */
public final class RetainedRuns implements TelemetryFile {
    private final String topic;
    private final RetainedRecords records;
    private final EventReader reader = new EventReader();
    private final RunChoice choice;
    private final Set<String> begun = new HashSet<>();
    private final List<String> notes = new ArrayList<>();
    private byte @Nullable [] value;

    private RetainedRuns(String topic, RetainedRecords records, RunChoice choice) {
        this.topic = topic;
        this.records = records;
        this.choice = choice;
    }

    /**
     * Opens the topic.
     *
     * @param client settings of the Kafka client, {@code bootstrap.servers} among them
     * @param choice which runs
     * @throws IOException if no broker answers or the topic is not there
     */
    public static RetainedRuns open(Map<String, String> client, String topic, RunChoice choice) throws IOException {
        return new RetainedRuns(topic, RetainedRecords.open(client, topic, choice), choice);
    }

    /**
     * The next event, or null after the last.
     *
     * @throws UnknownRunException after the last if a run was asked for that is not there
     * @throws IOException if Kafka stops giving records
     */
    @Override
    public @Nullable Parsed next() throws IOException {
        ConsumerRecord<byte[], byte[]> record = records.next();
        if (record == null) {
            List<String> unmet = choice.unmet();
            if (!unmet.isEmpty()) {
                throw new UnknownRunException("topic " + topic + ": " + String.join("; ", unmet));
            }
            return null;
        }
        value = record.value();
        Parsed event =
                reader.read(record.key(), record.value(), record.partition(), record.offset(), record.timestamp());
        if (event instanceof Parsed.Sample read && begun.add(read.sample().run())) {
            long step = read.sample().step();
            if (step > 1 && records.isTruncated(record.partition())) {
                notes.add("run " + Excerpt.plain(read.sample().run()) + " begins at step " + step
                        + ", and older events of partition " + record.partition()
                        + " are deleted: its beginning may be among them");
            }
        }
        return event;
    }

    /** The last event's bytes, as they were published; not a copy. */
    public byte @Nullable [] value() {
        return value;
    }

    /** Empty: an event without a run, and without a key, is of none. */
    @Override
    public String run() {
        return "";
    }

    /** Records, not bytes, of the topic that lie behind; comparable with {@link #size}. */
    @Override
    public long bytesRead() {
        return records.read();
    }

    /** Records that the topic held when it was opened. */
    public long size() {
        return records.total();
    }

    /** What whoever looks at the runs should know, a sentence each: where retention may have taken their beginning. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    @Override
    public void close() {
        records.close();
    }
}
