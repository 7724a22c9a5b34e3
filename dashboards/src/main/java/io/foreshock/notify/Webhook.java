package io.foreshock.notify;

import io.foreshock.topics.SmallLog;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The webhook: one signed message an incident's opening, escalation and end, in this order, each until it has arrived. What has
 * arrived is noted in a topic, so that a restart sends it no more; one whose answer was lost is sent again under the same id.
 */
final class Webhook implements Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(Webhook.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Longer than this nobody can ask us to wait. */
    private static final Duration LONGEST_ASKED = Duration.ofHours(1);

    private static final int TOO_MANY = 429;

    private final HttpClient client;
    private final URI url;
    private final Secret secret;
    private final WebhookPolicy policy;
    private final SmallLog log;
    private final Random random;
    /** What has arrived, by incident. */
    private final Map<String, Delivery> delivered;
    /** What has arrived and is not noted yet. */
    private final Map<String, Delivery> unnoted = new HashMap<>();
    /** Of incidents whose message was not taken. */
    private final Map<String, BackOff> refused = new HashMap<>();
    /** Of a receiver that does not answer, and of topics that cannot be read. */
    private final BackOff silent;

    private long sent;
    private long failed;
    private volatile Tally tally;

    /**
     * Reads what has arrived before.
     *
     * @param log topic that holds it
     * @param random of the pauses
     * @throws KafkaException if it cannot be read
     */
    Webhook(HttpClient client, URI url, Secret secret, WebhookPolicy policy, SmallLog log, Random random) {
        this.client = client;
        this.url = url;
        this.secret = secret;
        this.policy = policy;
        this.log = log;
        this.random = random;
        this.delivered = read(log);
        this.silent = new BackOff(random);
        this.tally = new Tally("webhook", address(), 0, 0, 0);
    }

    @Override
    public Tally tally() {
        return tally;
    }

    /** Host and port: what follows may be a secret. */
    private String address() {
        return url.getPort() < 0 ? url.getHost() : url.getHost() + ":" + url.getPort();
    }

    @Override
    public void tell(List<Concern> concerns, long now) throws InterruptedException {
        int pending = 0;
        boolean answers = silent.isDue(now);
        for (Concern concern : concerns) {
            if (answers) {
                answers = settle(concern, now);
            }
            pending += next(concern, now) != null ? 1 : 0;
        }
        tally = new Tally("webhook", address(), sent, failed, pending);
    }

    /** Sends what is to be sent of an incident by now; false if nobody answers. */
    private boolean settle(Concern concern, long now) throws InterruptedException {
        try {
            note();
            Message message = next(concern, now);
            BackOff backOff = refused.get(concern.incident().id());
            if (message != null && (backOff == null || backOff.isDue(now))) {
                send(message, now);
            }
            silent.succeeded();
            return true;
        } catch (IOException | KafkaException e) {
            failed++;
            Duration pause = silent.failed(now, Duration.ZERO);
            LOG.warn("webhook at {}: {}; next try in {} ms", address(), Unreachable.why(e), pause.toMillis());
            return false;
        }
    }

    private @Nullable Message next(Concern concern, long now) {
        Delivery known =
                delivered == null ? null : delivered.get(concern.incident().id());
        return Message.next(concern, known, policy, now);
    }

    private void send(Message message, long now) throws IOException, InterruptedException {
        byte[] body = message.body(now);
        long seconds = now / 1_000;
        HttpRequest request = HttpRequest.newBuilder(url)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("webhook-id", message.id())
                .header("webhook-timestamp", String.valueOf(seconds))
                .header("webhook-signature", secret.signature(message.id(), seconds, body))
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<Void> answer = client.send(request, BodyHandlers.discarding());
        String incident = message.concern().incident().id();
        int status = answer.statusCode();
        if (status / 100 == 2) {
            sent++;
            arrived(incident, message.told());
        } else if (status / 100 == 5 || status == TOO_MANY) {
            failed++;
            Duration pause = refused.computeIfAbsent(incident, first -> new BackOff(random))
                    .failed(now, asked(answer));
            LOG.warn(
                    "webhook at {} answers {} to {}; next try in {} ms",
                    address(),
                    status,
                    message.id(),
                    pause.toMillis());
        } else {
            failed++;
            LOG.error("webhook at {} refuses {} with {}; it is not sent again", address(), message.id(), status);
            arrived(incident, message.told());
        }
    }

    /** Retry-After in seconds; its other form, a date, counts as not given (RFC 9110, 10.2.3). */
    private static Duration asked(HttpResponse<?> answer) {
        String after = answer.headers().firstValue("Retry-After").orElse("");
        if (!after.matches("\\d{1,9}")) {
            return Duration.ZERO;
        }
        Duration asked = Duration.ofSeconds(Long.parseLong(after));
        return asked.compareTo(LONGEST_ASKED) > 0 ? LONGEST_ASKED : asked;
    }

    private void arrived(String incident, Delivery told) {
        refused.remove(incident);
        delivered.put(incident, told);
        unnoted.put(incident, told);
        note();
    }

    private void note() {
        for (Iterator<Map.Entry<String, Delivery>> all = unnoted.entrySet().iterator(); all.hasNext(); all.remove()) {
            Map.Entry<String, Delivery> one = all.next();
            log.write(one.getKey(), one.getValue().json());
        }
    }

    private static Map<String, Delivery> read(SmallLog log) {
        Map<String, Delivery> last = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : log.read()) {
            if (record.key() == null || record.value() == null) {
                continue;
            }
            try {
                last.put(new String(record.key(), StandardCharsets.UTF_8), Delivery.read(record.value()));
            } catch (IllegalArgumentException e) {
                LOG.warn("{}@{}: {}", record.topic(), record.offset(), e.getMessage());
            }
        }
        return last;
    }
}
