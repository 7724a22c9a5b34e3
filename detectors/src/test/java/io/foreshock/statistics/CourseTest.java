package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CourseTest {

    private final Course course = new Course();
    private final Random random = new Random(11);

    @Test
    void startsFromNothing() {
        assertThat(course.size()).isZero();
        assertThat(course.scale()).isZero();
        course.add(4);
        assertThat(course.level()).isEqualTo(4);
        assertThat(course.scale()).isZero();
    }

    @Test
    void aConstantHasNoNoise() {
        for (int i = 0; i < 100; i++) {
            course.add(2.5);
        }
        assertThat(course.level()).isEqualTo(2.5);
        assertThat(course.scale()).isZero();
    }

    @Test
    void scaleIsTheDeviationOfNormalNoise() {
        double sum = 0;
        for (int i = 0; i < 10_000; i++) {
            course.add(5 + 0.2 * random.nextGaussian());
            sum += i < 100 ? 0 : course.scale();
        }
        // The largest of three estimates errs to the large side.
        assertThat(sum / 9_900).isBetween(0.2, 0.28);
    }

    @Test
    void aTrendIsNoNoise() {
        for (int i = 0; i < 100; i++) {
            course.add(100 - i + 0.1 * random.nextGaussian());
        }
        // Eight steps of descent lie between the ends of half the window: the scale must not take them for noise.
        assertThat(course.scale()).isLessThan(8);
    }

    @Test
    void followsAFallAtOnceAndARiseOnlyWhenItLasts() {
        for (int i = 0; i < 40; i++) {
            course.add(10);
        }
        for (int i = 0; i < 7; i++) {
            course.add(4);
        }
        assertThat(course.level()).as("seven rows after a drop of the rate").isEqualTo(4);
        for (int i = 0; i < 15; i++) {
            course.add(12);
        }
        assertThat(course.level()).as("fifteen raised rows").isLessThanOrEqualTo(10);
    }

    @Test
    void aSpikeOfSixRowsDragsNeitherLevelNorHalfTheScale() {
        for (int i = 0; i < 64; i++) {
            course.add(3 + 0.05 * random.nextGaussian());
        }
        course.add(30);
        course.add(20);
        assertThat(course.level()).isCloseTo(3, within(0.1));
        assertThat(course.scale()).isLessThan(0.15);
    }

    @Test
    void noiseOfTwoHumpsIsAsWideAsItsUpperHump() {
        for (int i = 0; i < 200; i++) {
            course.add(random.nextInt(4) == 0 ? 3 : 1.2 + 0.05 * random.nextGaussian());
        }
        // A median of differences or deviations sees 0.07 here.
        assertThat(course.scale()).isGreaterThan(1);
    }

    @Test
    void goesOnAsIfItHadNotBeenWrittenDown() {
        for (int i = 0; i < 50; i++) {
            course.add(random.nextDouble());
        }
        Course restored = Written.andRead(course, new Course());
        for (int i = 0; i < 50; i++) {
            double value = random.nextDouble();
            course.add(value);
            restored.add(value);
            assertThat(restored.level()).isEqualTo(course.level());
            assertThat(restored.scale()).isEqualTo(course.scale());
        }
    }
}
