package io.foreshock.board;

import io.foreshock.topics.SteadyFeed;
import io.foreshock.topics.Topics;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import io.foreshock.wire.SignalsJson;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topics into a {@link RunBoard}, from their beginning and as they grow, for as long as the page is there: what a
 * feed that was opened again tells twice the board knows.
 */
public final class BoardFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BoardFeed.class);

    private final BoardKafka kafka;
    private final RunBoard board;
    private final InForce inForce;
    private final SteadyFeed feed;

    private BoardFeed(BoardKafka kafka, RunBoard board, InForce inForce) {
        this.kafka = kafka;
        this.board = board;
        this.inForce = inForce;
        Topics topics = kafka.topics();
        this.feed = SteadyFeed.start(
                kafka.bootstrapServers(),
                kafka.client(),
                List.of(
                        topics.alerts().name(),
                        topics.signals().name(),
                        topics.rejected().name(),
                        topics.settings().name()),
                this::read);
    }

    /**
     * Begins to read.
     *
     * @throws org.apache.kafka.common.KafkaException if the brokers cannot be reached, or a topic is missing
     */
    public static BoardFeed start(BoardKafka kafka, RunBoard board, InForce inForce) {
        return new BoardFeed(kafka, board, inForce);
    }

    /** True once all that lay in the topics on opening was read. */
    public boolean isComplete() {
        return feed.isComplete();
    }

    /** Waits for that; false if it takes longer. */
    public boolean awaitComplete(Duration patience) throws InterruptedException {
        return feed.awaitComplete(patience);
    }

    /** Why the topics cannot be read at present, or null. */
    public @Nullable String trouble() {
        return feed.trouble();
    }

    private void read(ConsumerRecord<byte[], byte[]> record, boolean before) {
        Topics topics = kafka.topics();
        if (record.topic().equals(topics.settings().name())) {
            inForce.record(record.key(), record.value());
            return;
        }
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        try {
            if (record.topic().equals(topics.alerts().name())) {
                board.incident(IncidentJson.read(value), record.timestamp(), before);
            } else if (record.topic().equals(topics.signals().name())) {
                board.row(SignalsJson.read(value), record.timestamp(), before);
            } else {
                board.rejected(RejectedJson.read(value), record.timestamp(), before);
            }
        } catch (IllegalArgumentException e) {
            board.unreadable();
            LOG.debug("{} {}@{}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
        }
    }

    @Override
    public void close() {
        feed.close();
    }
}
