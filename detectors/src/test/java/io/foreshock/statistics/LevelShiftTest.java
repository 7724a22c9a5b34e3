package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class LevelShiftTest {
    private final Random random = new Random(4);
    private LevelShift shift = new LevelShift();

    /** Rows at which a step at row 100 of 200 is seen, or -1. */
    private int seen(IntToDoubleFunction level, IntToDoubleFunction company) {
        shift.clear();
        for (int i = 0; i < 200; i++) {
            shift.add(10L * i, level.applyAsDouble(i) + 0.05 * random.nextGaussian(), company.applyAsDouble(i));
            if (shift.shifted(0)) {
                return i;
            }
        }
        return -1;
    }

    @Test
    void stepIsSeenWhenItIsInTheMiddle() {
        assertThat(seen(i -> i < 100 ? 2 : 2.3, i -> 0)).isBetween(122, 124);
        assertThat(shift.edge()).isBetween(990L, 1_010L);
        assertThat(shift.before()).isBetween(1.95, 2.05);
        assertThat(shift.after()).isBetween(2.25, 2.35);
    }

    @Test
    void stepThatIsLearnedAgainIsAStep() {
        assertThat(seen(i -> i < 100 ? 2 : 2.5 + 0.5 * Math.exp((100 - i) / 10.0), i -> 0))
                .isBetween(122, 124);
    }

    @Test
    void nothingElseIs() {
        assertThat(seen(i -> 2, i -> 0)).as("noise").isEqualTo(-1);
        assertThat(seen(i -> 2 + 0.01 * i, i -> 0)).as("slope").isEqualTo(-1);
        assertThat(seen(i -> i < 100 ? 2 : 1.6, i -> 0)).as("step down").isEqualTo(-1);
        assertThat(seen(i -> i < 100 || i > 110 ? 2 : 3, i -> 0)).as("spike").isEqualTo(-1);
        assertThat(seen(i -> i < 100 ? 2 : 2.05, i -> 0)).as("too small").isEqualTo(-1);
        assertThat(seen(i -> i < 100 ? 2 : 2.3, i -> i < 100 ? 0 : 1))
                .as("company moves too")
                .isEqualTo(-1);
    }

    @Test
    void levelBelowTheSmallestCountsAsTheSmallest() {
        for (int i = 0; i < 48; i++) {
            shift.add(i, i < 24 ? 1e-8 : 2e-8, 0);
        }
        assertThat(shift.shifted(0)).isTrue();
        assertThat(shift.shifted(1e-3)).isFalse();
    }

    @Test
    void goesOnAfterItWasWrittenDown() {
        seen(i -> i < 195 ? 2 : 2.3, i -> 0);
        shift = Written.andRead(shift, new LevelShift());
        int more = 0;
        while (!shift.shifted(0)) {
            shift.add(2_000 + 10 * more, 2.3 + 0.05 * random.nextGaussian(), 0);
            more++;
        }
        assertThat(more).isBetween(18, 20);
        assertThat(shift.edge()).isBetween(1_940L, 1_960L);
    }
}
