package io.foreshock.job;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.List;

/** Loss twice as high as its mean so far. A detector simple enough that the job's tests depend on no real one. */
final class TooHigh implements Detector<TooHigh.Memory> {
    /** Silence that is found to be too long, in milliseconds. */
    static final long PATIENCE = 30_000;

    private record Config() {}

    static List<Signature> signatures() {
        return List.of(
                signature("too_high", TooHigh::new, List.of(Signal.LOSS)), signature("hush", Hush::new, List.of()));
    }

    private static Signature signature(
            String slug, java.util.function.Supplier<Detector<? extends State>> detector, List<Signal> inputs) {
        return Signature.named(slug, slug)
                .needs(inputs.toArray(new Signal[0]))
                .calmAfter(5)
                .advice("look")
                .detectedBy(new Config(), config -> detector.get());
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double loss = row.value(Signal.LOSS);
        if (Double.isFinite(loss)) {
            double mean = memory.sum / memory.count;
            if (memory.count > 10 && loss > 2 * mean) {
                out.add(new Finding(
                        Signal.LOSS, "loss", Severity.WARNING, row.step(), loss, 2 * mean, "1", null, "Too high."));
            }
            memory.count++;
            memory.sum += loss;
        }
    }

    static final class Memory implements State {
        private long count;
        private double sum;

        @Override
        public void persist(Archive archive) throws IOException {
            count = archive.whole(count);
            sum = archive.real(sum);
        }
    }

    /** No row for {@link #PATIENCE}, and worse after ten times that. */
    private static final class Hush implements Detector<Hush.Last> {
        @Override
        public Last start() {
            return new Last();
        }

        @Override
        public void observe(Last last, Row row, RunHistory run, Findings out) {
            last.ts = row.ts();
            last.step = row.step();
            last.silences = 0;
        }

        @Override
        public boolean hearsSilence() {
            return true;
        }

        @Override
        public long deadline(Last last) {
            if (last.ts == StepSample.NONE || last.silences > 1) {
                return Long.MAX_VALUE;
            }
            return last.ts + (last.silences == 0 ? PATIENCE : 10 * PATIENCE);
        }

        @Override
        public void silence(Last last, RunHistory run, Findings out) {
            Severity severity = last.silences++ == 0 ? Severity.WARNING : Severity.CRITICAL;
            out.add(new Finding(null, "", severity, last.step, 1, 1, "1", null, "Hush."));
        }

        private static final class Last implements State {
            private long ts = StepSample.NONE;
            private long step;
            private int silences;

            @Override
            public void persist(Archive archive) throws IOException {
                ts = archive.whole(ts);
                step = archive.whole(step);
                silences = archive.count(silences);
            }
        }
    }
}
