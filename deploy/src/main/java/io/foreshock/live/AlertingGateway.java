package io.foreshock.live;

import io.foreshock.gateway.Gateway;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.gateway.KnownAlerts;
import io.foreshock.incident.Incident;
import io.foreshock.job.KafkaSettings;
import io.foreshock.settings.SettingsException;
import io.foreshock.topics.SteadyFeed;
import io.foreshock.wire.IncidentJson;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link Gateway} whose listeners hear what the job says on the topic of alerts. */
public final class AlertingGateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AlertingGateway.class);
    private static final Duration CATCH_UP_PATIENCE = Duration.ofSeconds(20);

    private final SteadyFeed feed;
    private final Gateway gateway;

    private AlertingGateway(SteadyFeed feed, Gateway gateway) {
        this.feed = feed;
        this.gateway = gateway;
    }

    /**
     * Starts it.
     *
     * @throws IOException if the port is taken, a file cannot be read, or the brokers cannot be reached
     * @throws SettingsException if the file of tokens has faults
     */
    public static AlertingGateway start(GatewaySettings settings, KafkaSettings kafka)
            throws IOException, SettingsException, InterruptedException {
        settings.endpoint().requireFree();
        KnownAlerts alerts = new KnownAlerts();
        SteadyFeed feed;
        try {
            feed = SteadyFeed.start(
                    kafka.bootstrapServers(),
                    kafka.client(),
                    List.of(kafka.topics().alerts().name()),
                    (record, before) -> record(record, alerts));
        } catch (KafkaException e) {
            throw new IOException(e.getMessage(), e);
        }
        try {
            // Listeners are told at once what is known; where that takes long, senders wait no longer.
            feed.awaitComplete(CATCH_UP_PATIENCE);
            Map<String, Object> client = new HashMap<>(kafka.client());
            client.put("bootstrap.servers", kafka.bootstrapServers());
            return new AlertingGateway(
                    feed,
                    Gateway.start(settings, client, kafka.topics().telemetry().name(), alerts));
        } catch (IOException | SettingsException | InterruptedException | RuntimeException e) {
            feed.close();
            throw e;
        }
    }

    private static void record(ConsumerRecord<byte[], byte[]> record, KnownAlerts alerts) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        try {
            Incident incident = IncidentJson.read(value);
            alerts.record(incident.run(), incident.id(), value);
        } catch (IllegalArgumentException e) {
            LOG.debug("{} {}@{}: {}", record.topic(), record.partition(), record.offset(), e.getMessage());
        }
    }

    /** Where it is, for a program on this machine: {@code http://127.0.0.1:8088}. */
    public String address() {
        return gateway.address();
    }

    @Override
    public void close() {
        gateway.close();
        feed.close();
    }
}
