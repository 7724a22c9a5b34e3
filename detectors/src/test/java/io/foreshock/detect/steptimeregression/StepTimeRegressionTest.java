package io.foreshock.detect.steptimeregression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepTimeRegressionTest {
    private final Random random = new Random(20_261_126);
    private final Play play = Play.judgedBy("step_time_regression");
    private double ms = 1_763_870_000_000.0;
    private long step;
    private int stride = 1;
    private int attempt;
    private double batch = 512;
    private double length = Double.NaN;

    /** Rows whose steps take this long, with eight per cent of noise. */
    private StepTimeRegressionTest rows(int rows, double seconds) {
        for (int i = 0; i < rows; i++) {
            step += stride;
            pause(stride * seconds * Math.exp(0.08 * random.nextGaussian()));
            row();
        }
        return this;
    }

    private StepTimeRegressionTest pause(double seconds) {
        ms += 1_000 * seconds;
        return this;
    }

    private void row() {
        StepSample.Builder sample =
                Play.at(step).attempt(attempt).ts((long) ms).metric("loss", 2).metric("batch_size", batch);
        if (!Double.isNaN(length)) {
            sample.metric("response_length_mean", length).metric("reward_mean", 0.5);
        }
        play.add(sample);
    }

    private List<Incident> alarms() {
        return opened().stream()
                .filter(incident -> incident.severity() != Severity.INFO)
                .toList();
    }

    private List<Incident> opened() {
        return play.end().opened();
    }

    @Nested
    class Alarms {
        @ParameterizedTest
        @ValueSource(ints = {1, 10, 500})
        void whenStepsTakeHalfAsLongAgain(int every) {
            stride = every;
            rows(600, 0.8).rows(300, 1.2);

            assertThat(opened()).extracting(Incident::severity).containsExactly(Severity.INFO, Severity.WARNING);
            Incident incident = opened().get(1);
            assertThat(incident.onsetStep() / stride).isBetween(585L, 610L);
            assertThat(incident.detectedStep() / stride).isBetween(805L, 838L);
            assertThat(incident.unit()).isEqualTo("s");
            assertThat(incident.value()).isBetween(1.1, 1.3);
            assertThat(incident.summary())
                    .matches(
                            "Steps take 1\\.\\d+ times as long since about step [\\d,]+ \\(median of 128 rows 1\\.\\d+ s,"
                                    + " before it 0\\.\\d+ s\\)");
        }

        @Test
        void onceForAsLongAsItLastsAndResolvesWhenItIsOver() {
            rows(600, 0.8).rows(900, 1.2);
            assertThat(alarms()).hasSize(1);
            rows(200, 0.8);
            assertThat(play.end().last().status()).isEqualTo(Status.RESOLVED);
        }

        @Test
        void onWhatTheRunSaysOfItselfWhateverItsRowsSay() {
            for (int i = 0; i < 1_000; i++) {
                play.add(Play.at(i)
                        .ts(1_763_870_000_000L + 3_000L * i)
                        .metric("step_time", (i < 600 ? 2 : 3) * (1 + 0.05 * random.nextGaussian())));
            }
            assertThat(alarms()).extracting(Incident::series).containsExactly("step_time");
        }

        @Test
        void whenTokensTakeLongerToo() {
            length = 100;
            rows(600, 10).rows(400, 15);
            assertThat(alarms()).hasSize(1);
        }
    }

    /** A slow node that is gone after some hours. */
    @Test
    void tellsForInformationWhatIsOverSoon() {
        rows(600, 0.8).rows(140, 1.2).rows(400, 0.8);
        assertThat(opened()).extracting(Incident::severity).containsExactly(Severity.INFO);
    }

    @Nested
    class StaysQuietOn {
        @Test
        void evaluationsAndCheckpoints() {
            for (int i = 0; i < 200; i++) {
                rows(10, 0.8).pause(i < 80 ? 5 : 30);
            }
            assertThat(opened()).isEmpty();
        }

        @Test
        void onePauseOfAnHour() {
            assertThat(rows(600, 0.8).pause(3_600).rows(600, 0.8).opened()).isEmpty();
        }

        @Test
        void aRestartOnSlowerHosts() {
            rows(600, 0.8);
            step -= 50;
            attempt++;
            assertThat(pause(600).rows(400, 1.4).opened()).isEmpty();
        }

        @Test
        void aRampOfTheBatchSize() {
            for (int i = 0; i < 8; i++) {
                rows(500, 0.8 * batch / 512);
                batch += 256;
            }
            assertThat(opened()).isEmpty();
        }

        @Test
        void responsesThatGrow() {
            length = 100;
            rows(600, 10);
            for (int i = 0; i < 1_000; i++) {
                length += 1;
                rows(1, 0.1 * length);
            }
            assertThat(opened()).isEmpty();
        }

        @Test
        void aTenthMore() {
            assertThat(rows(600, 0.8).rows(500, 0.9).opened()).isEmpty();
        }

        @Test
        void aSlowStretchOfSixtyRows() {
            assertThat(rows(600, 0.8).rows(60, 2).rows(600, 0.8).opened()).isEmpty();
        }

        @Test
        void anotherLoggingInterval() {
            rows(600, 0.8);
            stride = 10;
            assertThat(rows(600, 0.8).opened()).isEmpty();
        }

        @Test
        void stepsOfWildlyVaryingLength() {
            for (int i = 0; i < 3_000; i++) {
                rows(1, Math.exp(0.7 * random.nextGaussian()));
            }
            assertThat(opened()).isEmpty();
        }

        /** Twenty rows at once, and nothing for as long as they took. */
        @Test
        void aLoggerThatWritesInBursts() {
            for (int i = 0; i < 100; i++) {
                rows(20, i < 50 ? 0.001 : 0.005).pause(16);
            }
            assertThat(opened()).isEmpty();
        }

        @Test
        void aSlowStart() {
            assertThat(rows(20, 30).rows(300, 3).rows(500, 0.8).opened()).isEmpty();
        }
    }

    @Test
    void withoutTimeThereIsNothingToJudge() {
        for (int i = 0; i < 300; i++) {
            play.add(Play.at(i).metric("loss", 2));
        }
        assertThat(play.verdicts).containsEntry("step_time_regression", Verdict.NOT_EVALUABLE);
    }

    @Test
    void configRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new StepTimeRegression.Config(0))
                .hasMessage("step_time_regression.slower must be > 0, got 0.0");
    }
}
