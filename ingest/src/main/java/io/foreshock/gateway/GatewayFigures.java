package io.foreshock.gateway;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** The gateway's metrics for Prometheus; docs/gateway.md lists them. */
final class GatewayFigures {
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final ExpositionFormats formats = ExpositionFormats.init();
    private final Counter requests = Counter.builder()
            .name("foreshock_gateway_requests_total")
            .help("Requests by path and status of the answer.")
            .labelNames("path", "code")
            .register(registry);
    private final Counter accepted = Counter.builder()
            .name("foreshock_gateway_events_accepted_total")
            .help("Events that the broker has acknowledged; a repeated request counts once.")
            .register(registry);
    private final Counter rejected = Counter.builder()
            .name("foreshock_gateway_events_rejected_total")
            .help("Events that were refused, with the reason.")
            .labelNames("reason")
            .register(registry);
    private final Histogram acknowledgement = Histogram.builder()
            .name("foreshock_gateway_acknowledgement_seconds")
            .help("From the last byte of a body to the broker's acknowledgement of all its events.")
            .classicUpperBounds(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
            .register(registry);

    GatewayFigures(DoubleSupplier bytesHeld, DoubleSupplier kafkaUp, DoubleSupplier listeners) {
        gauge("foreshock_gateway_held_bytes", "Bytes of bodies that the broker does not have yet.", bytesHeld);
        gauge("foreshock_gateway_kafka_up", "1 while the broker answers and has the topic, else 0.", kafkaUp);
        gauge("foreshock_gateway_alert_listeners", "Programs that listen to alerts.", listeners);
    }

    private void gauge(String name, String help, DoubleSupplier value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .callback(call -> call.call(value.getAsDouble()))
                .register(registry);
    }

    /** @param path one of ours, never the sender's */
    void answered(String path, int code) {
        requests.labelValues(path, Integer.toString(code)).inc();
    }

    void settled(Answer answer, double seconds) {
        accepted.inc(answer.accepted());
        answer.rejected()
                .values()
                .forEach(refused -> rejected.labelValues(refused.reason()).inc());
        acknowledgement.observe(seconds);
    }

    /** A scrape. */
    record Page(String type, byte[] text) {}

    Page page(@Nullable String accept) throws IOException {
        ExpositionFormatWriter writer = formats.findWriter(accept);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out, registry.scrape());
        return new Page(writer.getContentType(), out.toByteArray());
    }
}
