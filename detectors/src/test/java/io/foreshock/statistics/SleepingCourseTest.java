package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SleepingCourseTest {
    private final Course awake = new Course();
    private SleepingCourse sleeping = new SleepingCourse();
    private final Random random = new Random(29);

    private void add(double value) {
        awake.add(value);
        sleeping.add(value);
    }

    private void assertSame() {
        assertThat(sleeping.awake().size()).isEqualTo(awake.size());
        assertThat(sleeping.awake().level()).isEqualTo(awake.level());
        assertThat(sleeping.awake().scale()).isEqualTo(awake.scale());
    }

    @Test
    void isEmptyBeforeTheFirstValue() {
        assertThat(sleeping.awake().size()).isZero();
    }

    @Test
    void askedAtAnyTimeItSaysWhatACourseSaysThatNeverSlept() {
        for (int i = 0; i < 5_000; i++) {
            double trend = 10 + i * 0.01;
            add(trend + random.nextGaussian() + (random.nextInt(40) == 0 ? 50 * random.nextDouble() : 0));
            // Sometimes row by row, sometimes after hundreds of rows.
            if (random.nextInt(1 + i % 400) == 0) {
                assertSame();
            }
        }
        assertSame();
    }

    @Test
    void wokenForEveryLengthOfSleep() {
        for (int slept = 1; slept < 200; slept++) {
            for (int i = 0; i < slept; i++) {
                add(random.nextGaussian());
            }
            assertSame();
        }
    }

    @Test
    void goesOnAfterARestartInItsSleep() {
        for (int i = 0; i < 150; i++) {
            add(random.nextGaussian());
        }
        sleeping = Written.andRead(sleeping, new SleepingCourse());
        for (int i = 0; i < 20; i++) {
            add(random.nextGaussian());
        }
        assertSame();
    }
}
