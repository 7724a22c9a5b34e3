package io.foreshock.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import io.foreshock.format.TelemetryFile;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a replay keeps of a run does not grow with its steps. */
class ReplayMemoryTest {
    @Test
    void whatIsKeptOfAHealthyRunIsBoundedByWhatWasFound() throws Exception {
        JudgedRun run = judged(300_000);

        assertThat(run.rows()).isEqualTo(300_000);
        assertThat(run.lastStep()).isEqualTo(299_999);
        assertThat(run.changes()).hasSizeLessThan(20);
        assertThat(kept(run)).as("collections of a judged run").containsOnlyKeys("changes", "verdicts", "missing");
        int signatures = Signatures.all().size();
        assertThat(kept(run).get("verdicts")).isLessThanOrEqualTo(signatures);
        assertThat(kept(run).get("missing")).isLessThanOrEqualTo(signatures);
    }

    private static JudgedRun judged(long steps) throws InterruptedException {
        List<JudgedFile> files = new ArrayList<>();
        new Replay(Settings.none(Signatures.all()), null, read -> {}).run(List.of(new Healthy(steps)), files::add);
        assertThat(files).hasSize(1);
        assertThat(files.get(0).failure()).isNull();
        assertThat(files.get(0).firstRejected()).isEmpty();
        assertThat(files.get(0).runs()).hasSize(1);
        return files.get(0).runs().get(0);
    }

    /** The sizes of all collections that it holds, by field: a new one is to be thought of here. */
    private static Map<String, Integer> kept(JudgedRun run) throws IllegalAccessException {
        Map<String, Integer> sizes = new TreeMap<>();
        for (Field field : JudgedRun.class.getDeclaredFields()) {
            field.setAccessible(true);
            Object value = field.get(run);
            if (value instanceof Collection<?> held) {
                sizes.put(field.getName(), held.size());
            } else if (value instanceof Map<?, ?> held) {
                sizes.put(field.getName(), held.size());
            }
        }
        return sizes;
    }

    /** A run whose loss falls as it should, made while it is read. */
    private record Healthy(long steps) implements Recorded {
        @Override
        public String shown() {
            return "healthy";
        }

        @Override
        public long size() {
            return steps;
        }

        @Override
        public TelemetryFile open() {
            Random noise = new Random(1);
            return new TelemetryFile() {
                private long step;

                @Override
                public @Nullable Parsed next() {
                    if (step == steps) {
                        return null;
                    }
                    StepSample sample = StepSample.builder("healthy", step)
                            .ts(1_763_870_000_000L + 250 * step)
                            .metric("loss", 2 + 3 / (1 + step / 1000.0) + 0.02 * noise.nextGaussian())
                            .metric("grad_norm", 0.8 + 0.05 * noise.nextGaussian())
                            .metric("lr", 3e-4)
                            .build();
                    step++;
                    return new Parsed.Sample(sample);
                }

                @Override
                public String run() {
                    return "healthy";
                }

                @Override
                public long bytesRead() {
                    return step;
                }

                @Override
                public void close() {}
            };
        }
    }
}
