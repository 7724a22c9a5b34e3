package io.foreshock.board;

import io.foreshock.topics.TopicFeed;
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
 * Reads the topics into a {@link RunBoard}, from their beginning and as they grow, for as long as the page is there: a feed that
 * fails is opened again, and what it tells twice the board knows.
 */
public final class BoardFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BoardFeed.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_AGAIN_MILLIS = 1_000;

    private final BoardKafka kafka;
    private final RunBoard board;
    private final InForce inForce;
    private final Thread thread = new Thread(this::run, "foreshock-page-feed");
    private volatile TopicFeed feed;
    private volatile boolean complete;
    private volatile @Nullable String trouble;

    private BoardFeed(BoardKafka kafka, RunBoard board, InForce inForce) {
        this.kafka = kafka;
        this.board = board;
        this.inForce = inForce;
        this.feed = open();
        thread.setDaemon(true);
    }

    /**
     * Begins to read.
     *
     * @throws org.apache.kafka.common.KafkaException if the brokers cannot be reached, or a topic is missing
     */
    public static BoardFeed start(BoardKafka kafka, RunBoard board, InForce inForce) {
        BoardFeed feed = new BoardFeed(kafka, board, inForce);
        feed.thread.start();
        return feed;
    }

    private TopicFeed open() {
        Topics topics = kafka.topics();
        return TopicFeed.open(
                kafka.bootstrapServers(),
                kafka.client(),
                List.of(
                        topics.alerts().name(),
                        topics.signals().name(),
                        topics.rejected().name(),
                        topics.settings().name()),
                this::read);
    }

    /** True once all that lay in the topics on opening was read. */
    public boolean isComplete() {
        return complete;
    }

    /** Why the topics cannot be read at present, or null. */
    public @Nullable String trouble() {
        String failure = trouble;
        return failure != null || feed.isAnswered()
                ? failure
                : "topics cannot be read: no Kafka answers at " + kafka.bootstrapServers();
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

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                complete |= feed.awaitCaughtUp(PATIENCE) && feed.failure() == null;
                RuntimeException failure = feed.failure();
                if (failure != null) {
                    reopen(failure);
                }
                Thread.sleep(LOOK_AGAIN_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void reopen(RuntimeException failure) {
        trouble = "topics cannot be read: " + failure.getMessage();
        LOG.warn("{}; trying again", trouble);
        feed.close();
        try {
            feed = open();
            trouble = null;
        } catch (RuntimeException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        feed.close();
    }
}
