package io.foreshock.notify;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackOffTest {
    @Test
    void pausesDoubleUpToAMinuteAndNeverFallBelowHalfOfThat() {
        BackOff backOff = new BackOff(new Random(7));
        long longest = 1_000;
        for (int failure = 0; failure < 20; failure++) {
            assertThat(backOff.failed(0, Duration.ZERO).toMillis()).isBetween(longest / 2, longest);
            longest = Math.min(60_000, 2 * longest);
        }
    }

    @Test
    void whatTheOtherSideAsksForIsKept() {
        BackOff backOff = new BackOff(new Random(7));
        backOff.failed(1_000, Duration.ofSeconds(120));

        assertThat(backOff.isDue(120_999)).isFalse();
        assertThat(backOff.isDue(121_000)).isTrue();
        backOff.succeeded();
        assertThat(backOff.isDue(0)).isTrue();
    }
}
