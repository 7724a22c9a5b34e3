package io.foreshock.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RoundTripTest {
    private final EventWriter writer = new EventWriter();
    private final EventReader reader = new EventReader();

    @Property(tries = 2_000, seed = "17")
    void whatIsWrittenIsReadBack(@ForAll("samples") StepSample sample) {
        byte[] event = writer.write(sample);

        Parsed parsed = reader.read(sample.run().getBytes(UTF_8), event, 0, 0, StepSample.NONE);

        assertThat(parsed).as(new String(event, UTF_8)).isEqualTo(new Parsed.Sample(sample));
        StepSample back = ((Parsed.Sample) parsed).sample();
        for (int metric = 0; metric < sample.count(); metric++) {
            for (int k = 0; k < sample.size(metric); k++) {
                assertThat(StepSample.isAbsent(back.value(metric, k)))
                        .isEqualTo(StepSample.isAbsent(sample.value(metric, k)));
            }
        }
    }

    @Test
    void whatTheReaderWouldRefuseIsNotWritten() {
        for (String bad : new String[] {"", "\ud800", "a\u0000", "x".repeat(257)}) {
            assertThatThrownBy(() -> writer.write(StepSample.builder(bad, 1).build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("run ");
            assertThatThrownBy(() -> writer.write(
                            StepSample.builder("r", 1).metric(bad, 1).build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("a metric's name ");
        }
    }

    @Provide
    Arbitrary<StepSample> samples() {
        return Arbitraries.randomValue(RoundTripTest::sample);
    }

    static StepSample sample(Random random) {
        RunEnd end = random.nextInt(20) == 0 ? RunEnd.values()[random.nextInt(3)] : null;
        Set<String> names = new LinkedHashSet<>();
        for (int i = random.nextInt(12); i > 0; i--) {
            names.add(
                    random.nextBoolean()
                            ? Signal.values()[random.nextInt(Signal.values().length)].key()
                            : "own metric/" + text(random));
        }
        int[] layers = new int[names.size()];
        int[] heads = new int[names.size()];
        List<Double> values = new ArrayList<>();
        for (int i = 0; i < layers.length; i++) {
            layers[i] = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 0;
            heads[i] = layers[i] > 0 && random.nextBoolean() ? 1 + random.nextInt(4) : 0;
            for (int k = Math.max(1, layers[i]) * Math.max(1, heads[i]); k > 0; k--) {
                values.add(number(random, layers[i] > 0));
            }
        }
        return new StepSample(
                "run " + text(random),
                random.nextInt(4),
                random.nextInt(3) * random.nextInt(Limits.MAX_RANKS / 2),
                end != null && random.nextBoolean() ? StepSample.NONE : random.nextLong(Long.MAX_VALUE),
                random.nextBoolean() ? StepSample.NONE : 1_700_000_000_000L + random.nextInt(),
                end,
                names.toArray(new String[0]),
                layers,
                heads,
                values.stream().mapToDouble(Double::doubleValue).toArray(),
                0,
                0);
    }

    private static double number(Random random, boolean mayBeAbsent) {
        switch (random.nextInt(12)) {
            case 0:
                return Double.NaN;
            case 1:
                return Double.POSITIVE_INFINITY;
            case 2:
                return Double.NEGATIVE_INFINITY;
            case 3:
                return mayBeAbsent ? StepSample.ABSENT : 0;
            case 4:
                double any = Double.longBitsToDouble(random.nextLong());
                return Double.isNaN(any) ? Double.MIN_VALUE : any;
            case 5:
                return random.nextInt(1000);
            default:
                return random.nextGaussian();
        }
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
            switch (random.nextInt(6)) {
                case 0 -> text.append("\"\\/{}[]:,".charAt(random.nextInt(9)));
                case 1 -> text.appendCodePoint(0x1F600 + random.nextInt(40));
                case 2 -> text.append((char) (0xC0 + random.nextInt(0x200)));
                default -> text.append((char) ('a' + random.nextInt(26)));
            }
        }
        return text.toString();
    }
}
