package io.foreshock.follow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.publish.TelemetryPublisher;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class PipeTest {
    private final MockProducer<byte[], byte[]> producer =
            new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    private final List<String> told = new ArrayList<>();
    private final Told telling = new Told() {
        @Override
        public void rejected(Path recording, String reason) {
            told.add("rejected " + reason);
        }

        @Override
        public void note(String sentence) {
            told.add(sentence);
        }
    };

    /** What a training prints, and what must have happened before it prints the next. */
    private static final class Training extends InputStream {
        private record Act(byte[] printed, Runnable before) {}

        private final Deque<Act> acts = new ArrayDeque<>();

        Training prints(String text) {
            return prints(text, () -> {});
        }

        Training prints(String text, Runnable before) {
            acts.add(new Act(text.getBytes(UTF_8), before));
            return this;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            Act act = acts.peek();
            if (act == null) {
                return -1;
            }
            act.before().run();
            acts.remove();
            int count = Math.min(length, act.printed().length);
            System.arraycopy(act.printed(), 0, bytes, offset, count);
            if (count < act.printed().length) {
                acts.push(new Act(java.util.Arrays.copyOfRange(act.printed(), count, act.printed().length), () -> {}));
            }
            return count;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }
    }

    @Test
    void eachRowGoesOutBeforeTheNextIsPrinted() throws IOException {
        try (TelemetryPublisher publisher =
                new TelemetryPublisher(() -> producer, TelemetryPublisher.Settings.DEFAULT)) {
            Training training = new Training()
                    .prints("torch 2.9.1 on 8 devices\n")
                    .prints("iter 0: loss 4.25, time 100.00ms\n")
                    .prints("iter 10: loss 4.00, time 100.00ms\n", () -> assertSent(publisher, 1))
                    .prints("a warning\niter 20: loss 3.75, ti", () -> assertSent(publisher, 2))
                    .prints("me 100.00ms\n", () -> assertSent(publisher, 2));

            Follower.Count count = Pipe.publish(training, "nano", publisher, telling);

            assertSent(publisher, 3);
            assertThat(count.sent()).isEqualTo(3);
            assertThat(new String(producer.history().get(2).value(), UTF_8))
                    .startsWith("{\"run\":\"nano\",\"step\":20,")
                    .contains("\"loss\":3.75");
            assertThat(told).isEmpty();
        }
    }

    private static void assertSent(TelemetryPublisher publisher, int count) {
        assertThat(publisher.flush(Duration.ofSeconds(20))).isTrue();
        assertThat(publisher.stats().sent()).isEqualTo(count);
    }

    @Test
    void whatIsNotUnderstoodIsReadToItsEndSoThatNobodyWaits() {
        ByteArrayInputStream text =
                new ByteArrayInputStream("no telemetry\n".repeat(100_000).getBytes(UTF_8));

        try (TelemetryPublisher publisher =
                new TelemetryPublisher(() -> producer, TelemetryPublisher.Settings.DEFAULT)) {
            assertThatThrownBy(() -> Pipe.publish(text, "x", publisher, telling))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("it has none of the forms that are read");
        }

        assertThat(text.available()).isZero();
        assertThat(told).singleElement().asString().startsWith("standard input: it has none of the forms");
    }
}
