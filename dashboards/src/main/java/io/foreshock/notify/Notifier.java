package io.foreshock.notify;

import io.foreshock.board.BoardFeed;
import io.foreshock.topics.SmallLog;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells every receiver once a second, each on a thread of its own: one that hangs keeps up nobody else. Nothing is told before all
 * was read that lies in the topics, or what is over would be told as news.
 */
public final class Notifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    private static final long EVERY_MILLIS = 1_000;
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);

    private final List<Receiver> receivers;
    private final ScheduledExecutorService threads;

    private Notifier(List<Receiver> receivers, Concerns concerns, BoardFeed feed, LongSupplier clock) {
        this.receivers = receivers;
        threads = Executors.newScheduledThreadPool(Math.max(1, receivers.size()), task -> {
            Thread thread = new Thread(task, "foreshock-notify");
            thread.setDaemon(true);
            return thread;
        });
        for (Receiver receiver : receivers) {
            threads.scheduleWithFixedDelay(
                    () -> tell(receiver, concerns, feed, clock.getAsLong()), 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Begins to tell.
     *
     * @param deliveries topic that holds what the webhook has got
     * @param clock epoch milliseconds
     */
    public static Notifier start(
            NotifySettings settings, Concerns concerns, BoardFeed feed, SmallLog deliveries, LongSupplier clock) {
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_PATIENCE)
                .build();
        // The pauses are to differ from those of other exporters.
        Random random = new Random();
        List<Receiver> receivers = new ArrayList<>();
        for (URI url : settings.alertmanagers()) {
            receivers.add(new Alertmanager(new AlertmanagerApi(client, url, settings.authorization()), random));
        }
        if (settings.webhook() != null && settings.secret() != null) {
            receivers.add(
                    new Webhook(client, settings.webhook(), settings.secret(), settings.policy(), deliveries, random));
        }
        return new Notifier(receivers, concerns, feed, clock);
    }

    private static void tell(Receiver receiver, Concerns concerns, BoardFeed feed, long now) {
        if (!feed.isComplete()) {
            return;
        }
        try {
            receiver.tell(concerns.list(), now);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // A scheduled task that throws is never run again.
            LOG.error("{} could not be told", receiver.tally().address(), e);
        }
    }

    /** How each receiver fares. */
    public List<Tally> tallies() {
        return receivers.stream().map(Receiver::tally).toList();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
