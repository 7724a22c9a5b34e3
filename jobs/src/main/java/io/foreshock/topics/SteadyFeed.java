package io.foreshock.topics;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link TopicFeed} for as long as somebody wants to hear: one that fails is opened again, from the beginning, and tells again
 * what its reader has to know already.
 */
public final class SteadyFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SteadyFeed.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_AGAIN_MILLIS = 1_000;

    private final String bootstrapServers;
    private final Map<String, String> client;
    private final List<String> topics;
    private final TopicFeed.Reader reader;
    private final Thread thread = new Thread(this::run, "foreshock-steady-feed");
    private volatile TopicFeed feed;
    private final CountDownLatch complete = new CountDownLatch(1);
    private volatile @Nullable String trouble;

    private SteadyFeed(
            String bootstrapServers, Map<String, String> client, List<String> topics, TopicFeed.Reader reader) {
        this.bootstrapServers = bootstrapServers;
        this.client = Map.copyOf(client);
        this.topics = List.copyOf(topics);
        this.reader = reader;
        this.feed = open();
        thread.setDaemon(true);
    }

    /**
     * Begins to read.
     *
     * @throws org.apache.kafka.common.KafkaException as {@link TopicFeed#open}: what cannot be read at first is not tried again
     */
    public static SteadyFeed start(
            String bootstrapServers, Map<String, String> client, List<String> topics, TopicFeed.Reader reader) {
        SteadyFeed feed = new SteadyFeed(bootstrapServers, client, topics, reader);
        feed.thread.start();
        return feed;
    }

    private TopicFeed open() {
        return TopicFeed.open(bootstrapServers, client, topics, reader);
    }

    /** True once all that lay in the topics on opening was read. */
    public boolean isComplete() {
        return complete.getCount() == 0;
    }

    /** Waits until all that lay in the topics on opening was read; false if that takes longer. */
    public boolean awaitComplete(Duration patience) throws InterruptedException {
        return complete.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Why the topics cannot be read at present, or null. */
    public @Nullable String trouble() {
        String failure = trouble;
        return failure != null || feed.isAnswered()
                ? failure
                : "topics cannot be read: no Kafka answers at " + bootstrapServers;
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                if (feed.awaitCaughtUp(PATIENCE) && feed.failure() == null) {
                    complete.countDown();
                }
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
