package io.foreshock.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * Writes a {@link StepSample} as one event, a line without its line break. {@link EventReader} reads the same sample
 * back, as long as its metric names are canonical or in no alias.
 *
 * <p>{@code rank} and {@code attempt} are left out when 0, {@code ts} when unknown, a scalar when absent. NaN and the
 * infinities are written as strings, so that strict JSON readers can read along. Its buffer is reused: not thread-safe.
 */
public final class EventWriter {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();
    private final ByteArrayOutputStream buffer = new ByteArrayOutputStream(1024);

    /**
     * The event as UTF-8 JSON.
     *
     * @throws IllegalArgumentException when the reader would not accept the run or a metric's name
     */
    public byte[] write(StepSample sample) {
        return write(sample, 0);
    }

    /**
     * The same with the signal {@code events_dropped} beside the sample's metrics; without, if there are none, if it is one of
     * them, or if it is one too many.
     *
     * @param eventsDropped that the sender gave up so far; 0 is not said
     */
    public byte[] write(StepSample sample, long eventsDropped) {
        check(sample);
        boolean said = eventsDropped > 0
                && sample.count() > 0
                && sample.count() < Limits.MAX_METRICS
                && sample.numbers() < Limits.MAX_NUMBERS
                && sample.find(Signal.EVENTS_DROPPED.key()) < 0;
        buffer.reset();
        try (JsonGenerator out = JSON.createGenerator(buffer)) {
            event(sample, said ? eventsDropped : 0, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return buffer.toByteArray();
    }

    private static void check(StepSample sample) {
        try {
            RunIds.check(sample.run(), "run");
            for (int metric = 0; metric < sample.count(); metric++) {
                EventReader.checkName(sample.name(metric));
            }
        } catch (Refusal e) {
            throw new IllegalArgumentException(e.detail(), e);
        }
    }

    private static void event(StepSample sample, long eventsDropped, JsonGenerator out) throws IOException {
        out.writeStartObject();
        out.writeStringField("run", sample.run());
        if (sample.step() >= 0) {
            out.writeNumberField("step", sample.step());
        }
        if (sample.rank() != 0) {
            out.writeNumberField("rank", sample.rank());
        }
        if (sample.attempt() != 0) {
            out.writeNumberField("attempt", sample.attempt());
        }
        if (sample.ts() >= 0) {
            out.writeNumberField("ts", sample.ts());
        }
        RunEnd end = sample.end();
        if (end != null) {
            out.writeStringField("end", end.name().toLowerCase(Locale.ROOT));
        }
        if (sample.count() > 0) {
            out.writeObjectFieldStart("metrics");
            for (int metric = 0; metric < sample.count(); metric++) {
                metric(sample, metric, out);
            }
            if (eventsDropped > 0) {
                out.writeNumberField(Signal.EVENTS_DROPPED.key(), eventsDropped);
            }
            out.writeEndObject();
        }
        out.writeEndObject();
    }

    private static void metric(StepSample sample, int metric, JsonGenerator out) throws IOException {
        int layers = sample.layers(metric);
        int heads = sample.heads(metric);
        if (layers == 0) {
            double value = sample.value(metric, 0);
            if (!StepSample.isAbsent(value)) {
                out.writeFieldName(sample.name(metric));
                out.writeNumber(value);
            }
            return;
        }
        out.writeFieldName(sample.name(metric));
        out.writeStartArray();
        int k = 0;
        for (int layer = 0; layer < layers; layer++) {
            if (heads > 0) {
                out.writeStartArray();
            }
            for (int head = 0; head < Math.max(1, heads); head++) {
                double value = sample.value(metric, k++);
                if (StepSample.isAbsent(value)) {
                    out.writeNull();
                } else {
                    out.writeNumber(value);
                }
            }
            if (heads > 0) {
                out.writeEndArray();
            }
        }
        out.writeEndArray();
    }
}
