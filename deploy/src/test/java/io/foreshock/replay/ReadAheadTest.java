package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.format.TelemetryFile;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadAheadTest {
    /** A file of so many events, after which it ends or fails. */
    private static class Steps implements TelemetryFile {
        final AtomicInteger read = new AtomicInteger();
        final CountDownLatch closed = new CountDownLatch(1);
        private final int count;
        private final int layers;

        Steps(int count, int layers) {
            this.count = count;
            this.layers = layers;
        }

        @Override
        public @Nullable Parsed next() throws IOException {
            if (read.get() == count) {
                return end();
            }
            int step = read.getAndIncrement();
            return new Parsed.Sample(StepSample.builder("run", step)
                    .metric("x", new double[layers])
                    .build());
        }

        @Nullable
        Parsed end() throws IOException {
            return null;
        }

        @Override
        public String run() {
            return "run";
        }

        @Override
        public long bytesRead() {
            return 10L * read.get();
        }

        @Override
        public void close() throws IOException {
            closed.countDown();
        }
    }

    private static long step(@Nullable Parsed event) {
        return event instanceof Parsed.Sample sample ? sample.sample().step() : -1;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 5_000})
    void givesEveryEventInOrderAndThenNothing(int count) throws IOException {
        Steps steps = new Steps(count, 1);
        try (ReadAhead ahead = new ReadAhead(steps)) {
            for (int step = 0; step < count; step++) {
                assertThat(step(ahead.next())).isEqualTo(step);
            }
            assertThat(ahead.next()).isNull();
            assertThat(ahead.next()).isNull();
            assertThat(ahead.bytesRead()).isEqualTo(10L * count);
            assertThat(ahead.run()).isEqualTo("run");
        }
        assertThat(steps.closed.getCount()).isZero();
    }

    @Test
    void isNeverFurtherAheadThanItsBound() throws IOException {
        Steps steps = new Steps(20_000, 1);
        try (ReadAhead ahead = new ReadAhead(steps)) {
            for (int step = 0; ahead.next() != null; step++) {
                assertThat(steps.read.get()).isLessThanOrEqualTo(step + ReadAhead.MOST);
            }
        }
    }

    @Test
    void largeEventsAreHeldInSmallerNumber() throws IOException {
        Steps steps = new Steps(400, 65_536);
        try (ReadAhead ahead = new ReadAhead(steps)) {
            for (int step = 0; ahead.next() != null; step++) {
                // One that is judged, four that wait and one that is handed over.
                assertThat(steps.read.get()).isLessThanOrEqualTo(step + 6);
            }
        }
    }

    @Test
    void whatWasReadComesBeforeTheFailure() throws IOException {
        Steps broken = new Steps(300, 1) {
            @Override
            Parsed end() throws IOException {
                throw new IOException("the disk is gone");
            }
        };
        try (ReadAhead ahead = new ReadAhead(broken)) {
            for (int step = 0; step < 300; step++) {
                assertThat(step(ahead.next())).isEqualTo(step);
            }
            assertThatThrownBy(ahead::next).isInstanceOf(IOException.class).hasMessage("the disk is gone");
        }
    }

    @Test
    void aFaultOfTheReaderIsNotSwallowed() throws IOException {
        Steps faulty = new Steps(2, 1) {
            @Override
            Parsed end() {
                throw new IllegalStateException("a fault of ours");
            }
        };
        try (ReadAhead ahead = new ReadAhead(faulty)) {
            ahead.next();
            ahead.next();
            assertThatThrownBy(ahead::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("a fault of ours");
        }
    }

    @Test
    void closedEarlyItStopsReadingAndClosesTheFile() throws IOException {
        Steps endless = new Steps(Integer.MAX_VALUE, 1);
        try (ReadAhead ahead = new ReadAhead(endless)) {
            assertThat(step(ahead.next())).isEqualTo(0);
        }
        assertThat(endless.closed.getCount()).isZero();
    }

    @Test
    void aFailureToCloseIsTold() throws IOException {
        Steps steps = new Steps(1, 1) {
            @Override
            public void close() throws IOException {
                throw new IOException("cannot be closed");
            }
        };
        ReadAhead ahead = new ReadAhead(steps);
        ahead.next();
        assertThat(ahead.next()).isNull();

        assertThatThrownBy(ahead::close).isInstanceOf(IOException.class).hasMessage("cannot be closed");
    }

    @Test
    void whoeverWaitsForItCanBeInterrupted() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Steps stuck = new Steps(0, 1) {
            @Override
            @Nullable
            Parsed end() throws IOException {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return null;
            }
        };
        ReadAhead ahead = new ReadAhead(stuck);
        Thread.currentThread().interrupt();

        assertThatThrownBy(ahead::next).isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        ahead.close();
        assertThat(stuck.closed.getCount()).isZero();
    }
}
