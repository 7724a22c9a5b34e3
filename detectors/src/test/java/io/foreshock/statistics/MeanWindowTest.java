package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MeanWindowTest {

    @Test
    void knowsNothingWhileEmpty() {
        assertThat(new MeanWindow(4).mean()).isNaN();
    }

    @Test
    void averagesWhatThereIsUntilItIsFull() {
        MeanWindow window = new MeanWindow(3);
        window.add(1);
        window.add(2);
        assertThat(window.full()).isFalse();
        assertThat(window.mean()).isEqualTo(1.5);
        window.add(6);
        window.add(7);
        assertThat(window.full()).isTrue();
        assertThat(window.mean()).isEqualTo(5);
    }

    @Test
    void aHugeValueLeavesNoTrace() {
        MeanWindow window = new MeanWindow(5);
        window.add(1e300);
        for (int i = 0; i < 9; i++) {
            window.add(0.1);
        }
        assertThat(window.mean()).isCloseTo(0.1, within(1e-15));
    }

    @Test
    void goesOnAsIfItHadNotBeenWrittenDown() {
        MeanWindow window = new MeanWindow(6);
        Random random = new Random(6);
        for (int i = 0; i < 8; i++) {
            window.add(random.nextDouble());
        }
        MeanWindow restored = Written.andRead(window, new MeanWindow(6));
        for (int i = 0; i < 20; i++) {
            double value = random.nextDouble();
            window.add(value);
            restored.add(value);
            assertThat(restored.mean()).isEqualTo(window.mean());
        }
    }

    @Test
    void refusesWhatIsNotFiniteAndNoLength() {
        assertThatThrownBy(() -> new MeanWindow(2).add(Double.NaN)).hasMessage("value must be finite, got NaN");
        assertThatThrownBy(() -> new MeanWindow(0)).hasMessage("length must be >= 1 value, got 0");
    }
}
