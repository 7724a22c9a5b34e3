package io.foreshock.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final int CAPACITY = 96;
    private static final int MOST_ROWS = 600;

    @Test
    void everyRowIsKeptAsItIsWhileThereIsRoom() {
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < 4 * CAPACITY; step++) {
            add(timeline, 0, step * 10L, step / 3.0);
        }

        assertThat(timeline.count()).as("a row takes a quarter of a bucket").isEqualTo(4 * CAPACITY);
        assertThat(timeline.width()).isEqualTo(1);
        for (int i = 0; i < 4 * CAPACITY; i++) {
            assertThat(timeline.firstStep(i)).isEqualTo(i * 10L);
            assertThat(timeline.value(i, 0, Timeline.LAST)).isEqualTo(i / 3.0);
        }
    }

    @Test
    void aBucketKeepsFirstSmallestLargestAndLast() {
        Timeline timeline = new Timeline(1);
        double[] course = {5, 1, 9, 4};
        for (int step = 0; step <= 4 * CAPACITY; step++) {
            add(timeline, 0, step, course[step % 4]);
        }

        assertThat(timeline.rows(0)).isEqualTo(8);
        assertThat(timeline.firstStep(0)).isZero();
        assertThat(timeline.lastStep(0)).isEqualTo(7);
        assertThat(numbers(timeline, 0, 0)).containsExactly(5, 1, 9, 4);
    }

    @Test
    void aSpikeOfOneRowSurvivesAMillionOthers() {
        Timeline timeline = new Timeline(2);
        for (int step = 0; step < 1_000_000; step++) {
            add(timeline, 0, step, step == 123_456 ? 777 : 1, step == 654_321 ? -777 : 1);
        }

        assertThat(timeline.count()).isLessThanOrEqualTo(CAPACITY);
        int high = bucketOf(timeline, 123_456);
        assertThat(timeline.value(high, 0, Timeline.MAX)).isEqualTo(777);
        assertThat(timeline.value(high, 1, Timeline.MAX)).isEqualTo(1);
        assertThat(timeline.value(bucketOf(timeline, 654_321), 1, Timeline.MIN)).isEqualTo(-777);
    }

    @Test
    void rowsOfACloseupAndTheLatestOnesAreNotMerged() {
        List<Closeup> closeups = List.of(new Closeup(0, 500, 519));
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < 600; step++) {
            timeline.add(0, step, values(step));
            // The closeup becomes known while its steps are among the latest.
            timeline.fit(CAPACITY, MOST_ROWS, step < 510 ? List.of() : closeups);
        }
        for (int step = 600; step < 5_000; step++) {
            timeline.add(0, step, values(step));
            timeline.fit(CAPACITY, MOST_ROWS, closeups);
        }

        for (int step = 504; step <= 519; step++) {
            assertThat(timeline.rows(bucketOf(timeline, step)))
                    .as("rows of step %d", step)
                    .isEqualTo(1);
        }
        assertThat(timeline.rows(bucketOf(timeline, 4_999))).isEqualTo(1);
        assertThat(timeline.rows(bucketOf(timeline, 3_000))).isGreaterThan(1);
        assertThat(timeline.count()).isLessThanOrEqualTo(CAPACITY);
    }

    @Test
    void aCloseupOfStepsThatHaveNotComeKeepsNothing() {
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < 2_000; step++) {
            timeline.add(0, step, values(step));
            timeline.fit(CAPACITY, MOST_ROWS, List.of(new Closeup(0, 5_000, 5_010), new Closeup(3, 10, 20)));
        }

        assertThat(timeline.count()).isLessThanOrEqualTo(CAPACITY);
        assertThat(timeline.lastStep(timeline.count() - 1)).isEqualTo(1_999);
    }

    @Test
    void whatWouldTakeMoreThanAThirdOfTheRoomIsNoCloseup() {
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < 2_000; step++) {
            timeline.add(0, step, values(step));
            timeline.fit(CAPACITY, MOST_ROWS, List.of(new Closeup(0, 0, 1_500)));
        }

        assertThat(timeline.rows(bucketOf(timeline, 700))).isGreaterThan(1);
        assertThat(timeline.count()).isLessThanOrEqualTo(CAPACITY);
    }

    @Test
    void stepsOfTwoAttemptsStayApart() {
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < 1_000; step++) {
            add(timeline, 0, step, 1);
        }
        for (int step = 500; step < 1_500; step++) {
            add(timeline, 1, step, 2);
        }

        for (int i = 0; i < timeline.count(); i++) {
            double expected = timeline.attempt(i) == 0 ? 1 : 2;
            assertThat(numbers(timeline, i, 0)).containsOnly(expected);
        }
        assertThat(timeline.attempt(0)).isZero();
        assertThat(timeline.attempt(timeline.count() - 1)).isEqualTo(1);
    }

    @Test
    void ofMoreAttemptsThanThereIsRoomForTheFirstGo() {
        Timeline timeline = new Timeline(1);
        for (int attempt = 0; attempt < 500; attempt++) {
            add(timeline, attempt, 7, attempt);
        }

        assertThat(timeline.count()).isLessThanOrEqualTo(CAPACITY);
        assertThat(timeline.attempt(timeline.count() - 1)).isEqualTo(499);
        assertThat(timeline.droppedRows() + timeline.count()).isEqualTo(500);
    }

    @Test
    void whatIsNotFiniteIsAMarkAndNoNumber() {
        Timeline timeline = new Timeline(2);
        add(timeline, 0, 0, Double.NaN, 1);
        add(timeline, 0, 1, Double.POSITIVE_INFINITY, 2);
        add(timeline, 0, 2, Double.NEGATIVE_INFINITY, 3);

        assertThat(timeline.value(0, 0, Timeline.MAX)).isNaN();
        assertThat(timeline.marks(0, 0)).isEqualTo(Timeline.NAN);
        assertThat(timeline.marks(1, 0)).isEqualTo(Timeline.POSITIVE_INFINITY);
        assertThat(timeline.marks(2, 0)).isEqualTo(Timeline.NEGATIVE_INFINITY);
        assertThat(timeline.marks(0, 1)).isZero();
    }

    @Test
    void aMarkSurvivesMergingBesideTheNumbersOfItsNeighbours() {
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < 10_000; step++) {
            add(timeline, 0, step, step == 40 ? Double.NaN : 3);
        }

        int bucket = bucketOf(timeline, 40);
        assertThat(timeline.rows(bucket)).isGreaterThan(1);
        assertThat(timeline.marks(bucket, 0)).isEqualTo(Timeline.NAN);
        assertThat(numbers(timeline, bucket, 0)).containsExactly(3, 3, 3, 3);
    }

    @Test
    void aSeriesThatIsAbsentIsAGapWithoutAMark() {
        Timeline timeline = new Timeline(2);
        timeline.add(0, 0, new Timeline.Values() {
            @Override
            public double at(int k) {
                return 5;
            }

            @Override
            public boolean has(int k) {
                return k == 0;
            }
        });

        assertThat(timeline.value(0, 0, Timeline.LAST)).isEqualTo(5);
        assertThat(timeline.value(0, 1, Timeline.LAST)).isNaN();
        assertThat(timeline.marks(0, 1)).isZero();
    }

    @Test
    void aLateRowFindsItsPlace() {
        Timeline timeline = new Timeline(1);
        add(timeline, 0, 0, 0);
        add(timeline, 0, 20, 20);
        add(timeline, 0, 10, 10);
        add(timeline, 0, 20, 99);

        assertThat(timeline.count()).isEqualTo(3);
        assertThat(timeline.firstStep(1)).isEqualTo(10);
        assertThat(numbers(timeline, 1, 0)).containsExactly(10, 10, 10, 10);
        assertThat(numbers(timeline, 2, 0)).containsExactly(20, 20, 99, 20);
    }

    @Property(tries = 200)
    void nothingIsLostButTheOrderWithinABucket(
            @ForAll @Size(min = 1, max = 800) List<@DoubleRange(min = -1e6, max = 1e6) Double> course,
            @ForAll @IntRange(min = 48, max = 200) int capacity) {
        Timeline timeline = new Timeline(1);
        for (int step = 0; step < course.size(); step++) {
            timeline.add(0, step, values(course.get(step)));
            timeline.fit(capacity, MOST_ROWS, List.of());
        }

        assertThat(timeline.count())
                .isLessThanOrEqualTo(timeline.width() == 1 ? Math.min(MOST_ROWS, 4 * capacity) : capacity);
        int at = 0;
        for (int i = 0; i < timeline.count(); i++) {
            List<Double> rows = course.subList(at, at + timeline.rows(i));
            assertThat(timeline.firstStep(i)).isEqualTo(at);
            assertThat(timeline.lastStep(i)).isEqualTo(at + timeline.rows(i) - 1);
            assertThat(numbers(timeline, i, 0))
                    .containsExactly(
                            rows.get(0),
                            rows.stream().mapToDouble(v -> v).min().orElseThrow(),
                            rows.stream().mapToDouble(v -> v).max().orElseThrow(),
                            rows.get(rows.size() - 1));
            at += timeline.rows(i);
        }
        assertThat(at).isEqualTo(course.size());
    }

    private static void add(Timeline timeline, int attempt, long step, double... numbers) {
        timeline.add(attempt, step, values(numbers));
        timeline.fit(CAPACITY, MOST_ROWS, List.of());
    }

    private static Timeline.Values values(double... numbers) {
        return new Timeline.Values() {
            @Override
            public double at(int k) {
                return numbers[k];
            }

            @Override
            public boolean has(int k) {
                return true;
            }
        };
    }

    private static double[] numbers(Timeline timeline, int bucket, int k) {
        return new double[] {
            timeline.value(bucket, k, Timeline.FIRST),
            timeline.value(bucket, k, Timeline.MIN),
            timeline.value(bucket, k, Timeline.MAX),
            timeline.value(bucket, k, Timeline.LAST)
        };
    }

    private static int bucketOf(Timeline timeline, long step) {
        for (int i = 0; i < timeline.count(); i++) {
            if (timeline.firstStep(i) <= step && step <= timeline.lastStep(i)) {
                return i;
            }
        }
        throw new AssertionError("no bucket spans step " + step);
    }
}
