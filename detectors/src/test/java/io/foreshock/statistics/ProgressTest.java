package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final Progress progress = new Progress(8, 30, 15);

    private void add(int rows, double value) {
        for (int i = 0; i < rows; i++) {
            progress.add(progress.count(), value);
        }
    }

    @Test
    void nothingIsKnownBeforeTheStartIs() {
        add(8, 2);

        assertThat(progress.known()).isFalse();
        assertThat(progress.start()).isEqualTo(2);
        add(1, 2);
        assertThat(progress.known()).isTrue();
    }

    @Test
    void standsWhereItLatelyWentAndRemembersItsBest() {
        add(20, 1);
        add(200, 3);
        add(200, 2);

        assertThat(progress.start()).isEqualTo(1);
        assertThat(progress.now()).isCloseTo(2, within(1e-9));
        assertThat(progress.gain()).isCloseTo(1, within(1e-9));
        assertThat(progress.best()).isCloseTo(3, within(0.01));
        assertThat(progress.bestStep()).isEqualTo(219);
        assertThat(progress.lowest()).isEqualTo(1);
        assertThat(progress.below()).isCloseTo(1, within(0.01));
        assertThat(progress.fell(5)).isTrue();
    }

    @Test
    void noiseIsThatOfTheBatchesNotOfTheTrend() {
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            progress.add(i, 0.01 * i + 0.3 * random.nextGaussian());
        }

        assertThat(progress.noise()).isCloseTo(0.3, within(0.12));
        assertThat(progress.startNoise()).isCloseTo(0.3, within(0.12));
        assertThat(progress.error()).isCloseTo(progress.noise() / Math.sqrt(8), within(1e-9));
    }

    @Test
    void noiseAloneHardlyEverLooksLikeAFall() {
        Random random = new Random(5);
        int fell = 0;
        for (int i = 0; i < 10_000; i++) {
            progress.add(i, random.nextGaussian());
            fell += progress.known() && progress.fell(5) ? 1 : 0;
        }

        assertThat(fell).isLessThan(30);
    }

    @Test
    void spansShrinkToAThirdWhereAValueStandsForManySteps() {
        for (int i = 0; i < 20; i++) {
            progress.add(100L * i, 1);
        }

        assertThat(progress.span(30)).isEqualTo(10);
        assertThat(progress.span(8)).isEqualTo(5);
        assertThat(progress.span(3)).isEqualTo(3);
    }
}
