package io.foreshock.detect.lranomaly;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.judge.Play;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Schedules are functions of the share of the run that is done; a test says how many rows they have. */
class LrAnomalyTest {
    private static final double PEAK = 3e-4;

    private final Play play = Play.judgedBy("lr_anomaly");
    private long step;
    private int attempt;

    private LrAnomalyTest rate(double rate) {
        play.add(at(step++).attempt(attempt).metric("lr", rate));
        return this;
    }

    private LrAnomalyTest rates(int rows, double rate) {
        for (int i = 0; i < rows; i++) {
            rate(rate);
        }
        return this;
    }

    /** Steps from the next one up to {@code end} of a schedule of 1,000 steps. */
    private LrAnomalyTest until(long end, DoubleUnaryOperator schedule) {
        while (step < end) {
            rate(schedule.applyAsDouble(step / 1_000.0));
        }
        return this;
    }

    private LrAnomalyTest resumeAt(long earlier) {
        step = earlier;
        attempt++;
        return this;
    }

    private static double cosine(double done) {
        return PEAK * Math.min(done / 0.05, done < 0.05 ? 1 : (1 + Math.cos(Math.PI * (done - 0.05) / 0.95)) / 2);
    }

    private static double constant(double done) {
        return PEAK * Math.min(1, done / 0.05);
    }

    private Incident only() {
        play.end();
        return play.only();
    }

    @Nested
    class Alarms {
        @Test
        void whenTheRateJumps() {
            until(400, LrAnomalyTest::cosine).until(1_000, done -> 10 * cosine(done));

            assertThat(only().severity()).isEqualTo(Severity.WARNING);
            assertThat(only().onsetStep()).isEqualTo(400);
            assertThat(only().detectedStep()).isEqualTo(400);
            assertThat(only().summary()).isEqualTo("Learning rate jumps from 0.000211 to 0.00210 at step 400");
        }

        @Test
        void whenItFallsFarFromItsEnd() {
            until(400, LrAnomalyTest::constant).rates(600, PEAK / 100);

            assertThat(only().onsetStep()).isEqualTo(400);
            assertThat(only().summary()).isEqualTo("Learning rate falls from 0.000300 to 3.00e-06 at once at step 400");
        }

        @Test
        void whenItIsZeroForThreeRows() {
            until(400, LrAnomalyTest::constant).rates(600, 0);

            assertThat(only().onsetStep()).isEqualTo(400);
            assertThat(only().detectedStep()).isEqualTo(402);
        }

        @Test
        void whenAResumeComesBackWithTenTimesTheRate() {
            until(500, LrAnomalyTest::constant).resumeAt(450).until(900, done -> 10 * constant(done));

            assertThat(only().detectedStep()).isEqualTo(450);
            assertThat(only().summary())
                    .isEqualTo("Learning rate was 0.000300 and is 0.00300 after the resume at step 450");
        }

        @Test
        void whenAResumeBeginsItsScheduleAgain() {
            until(500, LrAnomalyTest::cosine).resumeAt(450).until(900, done -> cosine(done - 0.449));

            assertThat(only().detectedStep()).isEqualTo(450);
            assertThat(only().summary()).contains("is only");
        }

        @Test
        void whenAResumeAtANewStepBeginsAtTheRateOfTheFirstSteps() {
            until(500, LrAnomalyTest::cosine).resumeAt(500).until(900, done -> cosine(done - 0.5 + 0.001));

            assertThat(only().detectedStep()).isEqualTo(500);
        }

        @Test
        void whenTheScheduleStartsOverWithoutAResume() {
            until(500, LrAnomalyTest::cosine).until(900, done -> cosine(done - 0.5 + 0.006));

            assertThat(only().onsetStep()).isEqualTo(500);
            assertThat(only().detectedStep()).isEqualTo(502);
            assertThat(only().summary()).contains("starts over");
        }

        @Test
        void onARestartFarFromTheFloor() {
            until(800, LrAnomalyTest::cosine).until(900, done -> PEAK);

            assertThat(only().onsetStep()).isEqualTo(800);
        }

        @Test
        void onALogOfFortyRows() {
            for (int i = 0; i < 40; i++) {
                rate((i < 20 ? 1 : 3) * cosine(i / 40.0));
            }
            assertThat(only().onsetStep()).isEqualTo(20);
        }

        @Test
        void onceForAGlitchThatGoesAway() {
            until(400, LrAnomalyTest::constant).rates(20, 100 * PEAK).until(900, LrAnomalyTest::constant);

            assertThat(only().onsetStep()).isEqualTo(400);
        }
    }

    @Nested
    class StaysQuiet {
        @ParameterizedTest
        @CsvSource({
            "cosine,1000",
            "cosine,40",
            "cosine,12",
            "linear,1000",
            "linear,40",
            "linear,12",
            "wsd,1000",
            "wsd,40",
            "constant,1000",
            "inverse_sqrt,1000",
            "inverse_sqrt,40",
            "steps,1000",
            "steps,40",
            "one_cycle,1000",
            "one_cycle,40",
            "exponential,1000",
            "exponential,40",
            "polynomial,1000",
            "two_stage,1000",
            "rounded,1000"
        })
        void onAPlannedSchedule(String name, int rows) {
            DoubleUnaryOperator schedule = schedule(name);
            for (int i = 0; i <= rows; i++) {
                rate(schedule.applyAsDouble(i / (double) rows));
            }
            play.end();
            assertThat(play.told).isEmpty();
        }

        private static DoubleUnaryOperator schedule(String name) {
            DoubleUnaryOperator warm = done -> Math.min(1, done / 0.1);
            DoubleUnaryOperator decay = switch (name) {
                case "cosine" -> done -> (1 + Math.cos(Math.PI * done)) / 2;
                case "linear" -> done -> 1 - done;
                case "wsd" -> done -> Math.min(1, (1 - done) / 0.2);
                case "inverse_sqrt" -> done -> Math.sqrt(0.1 / Math.max(0.1, done));
                case "steps" -> done -> done < 0.5 ? 1 : done < 0.75 ? 0.1 : 0.01;
                case "one_cycle" -> done -> Math.max(4e-7, (1 + Math.cos(Math.PI * done)) / 2);
                case "exponential" -> done -> Math.exp(-12 * done);
                case "polynomial" -> done -> Math.pow(1 - done, 2);
                case "two_stage" -> done -> done < 0.5 ? 1 : 0.5 * (1 - done) / 0.5;
                case "rounded" -> done -> Math.round(600 * (1 - done)) / 600.0;
                default -> done -> 1;
            };
            return done -> PEAK * warm.applyAsDouble(done) * decay.applyAsDouble(done);
        }

        @ParameterizedTest
        @ValueSource(longs = {30, 470, 499})
        void onACleanResume(long earlier) {
            until(500, LrAnomalyTest::cosine).resumeAt(earlier).until(1_000, LrAnomalyTest::cosine);

            play.end();
            assertThat(play.told).isEmpty();
        }

        @Test
        void onAResumeWithHalfTheRate() {
            until(500, LrAnomalyTest::cosine).resumeAt(450).until(1_000, done -> cosine(done) / 2);

            play.end();
            assertThat(play.told).isEmpty();
        }

        @Test
        void onOneLastRowOfZero() {
            until(1_000, LrAnomalyTest::constant).rate(0);

            play.end();
            assertThat(play.told).isEmpty();
        }

        @Test
        void onARateThatGrowsWithItsBatch() {
            for (int i = 0; i < 400; i++) {
                int batch = i < 200 ? 64 : 256;
                play.add(at(i).metric("lr", PEAK * batch / 64).metric("batch_size", batch));
            }
            play.end();
            assertThat(play.told).isEmpty();
        }

        @Test
        void onNothingAndOneRow() {
            play.end();
            rate(PEAK);
            play.end();
            assertThat(play.told).isEmpty();
        }
    }

    @Nested
    class TellsForInformation {
        @Test
        void aWarmRestart() {
            until(500, done -> cosine(2 * done)).until(1_000, done -> Math.max(PEAK / 20, cosine(2 * done - 0.949)));

            assertThat(only().severity()).isEqualTo(Severity.INFO);
            assertThat(only().summary()).endsWith("a new cycle of its schedule");
        }

        @Test
        void aTriangle() {
            until(1_000, done -> PEAK * (0.1 + Math.abs(1 - 4 * (done % 0.5))));

            play.end();
            assertThat(play.opened()).isNotEmpty().allMatch(incident -> incident.severity() == Severity.INFO);
        }

        @Test
        void theStairsOfAWarmUpByEpochs() {
            for (int epoch = 0; epoch < 20; epoch++) {
                rates(40, epoch == 0 ? 1e-6 : PEAK * Math.min(1, epoch / 5.0));
            }
            play.end();
            assertThat(play.opened()).isNotEmpty().allMatch(incident -> incident.severity() == Severity.INFO);
        }
    }

    @Test
    void theUnitOfTheRateDoesNotMatter() {
        until(400, LrAnomalyTest::cosine).until(1_000, done -> 10 * cosine(done));
        LrAnomalyTest scaled = new LrAnomalyTest();
        scaled.until(400, done -> 1e6 * cosine(done)).until(1_000, done -> 1e7 * cosine(done));

        assertThat(scaled.only().onsetStep()).isEqualTo(only().onsetStep());
    }

    @Test
    void settingsHaveRanges() {
        assertThatThrownBy(() -> new LrAnomaly.Config(1, 15, 4)).hasMessage("lr_anomaly.jump must be > 1, got 1.0");
        assertThatThrownBy(() -> new LrAnomaly.Config(2, 2, 4))
                .hasMessage(String.format(Locale.ROOT, "lr_anomaly.fall must be > jump (%s), got 2.0", 2.0));
    }
}
