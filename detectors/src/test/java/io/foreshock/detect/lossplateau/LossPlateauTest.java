package io.foreshock.detect.lossplateau;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Losses are functions of the row; a test says how noisy they are. */
class LossPlateauTest {
    private final Random random = new Random(11);
    private final Play play = Play.judgedBy("attention_logit_growth", "lr_anomaly", "loss_plateau");
    private IntToDoubleFunction rate = row -> 3e-4;
    private double noise = 0.02;

    private LossPlateauTest rows(int from, int to, IntToDoubleFunction loss) {
        for (int i = from; i < to; i++) {
            play.add(sample(i, loss));
        }
        return this;
    }

    private StepSample.Builder sample(int row, IntToDoubleFunction loss) {
        return at(row).metric("loss", loss.applyAsDouble(row) * (1 + noise * random.nextGaussian()))
                .metric("lr", rate.applyAsDouble(row));
    }

    private static double power(int row) {
        return 2 + 3 * Math.pow(1 + row, -0.4);
    }

    private Incident only() {
        return play.end().opened().stream()
                .filter(incident -> incident.signature().equals("loss_plateau"))
                .reduce((a, b) -> {
                    throw new AssertionError("expected one, got " + play.opened());
                })
                .orElseThrow(() -> new AssertionError("none opened"));
    }

    private Incident first() {
        return play.end().opened().stream()
                .filter(incident -> incident.signature().equals("loss_plateau"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("none opened"));
    }

    private void quiet() {
        assertThat(play.end().opened())
                .noneMatch(incident -> incident.signature().equals("loss_plateau"));
    }

    @Nested
    class Alarms {
        @Test
        void soonWhenAttentionIsSaturated() {
            for (int i = 0; i < 200; i++) {
                play.add(sample(i, row -> row < 20 ? power(row) : power(20))
                        .metric("attention_logit_max", new double[][] {{i < 15 ? 5 : 150}}));
            }
            assertThat(only().severity()).isEqualTo(Severity.WARNING);
            assertThat(only().detectedStep()).isBetween(63L, 80L);
            assertThat(only().summary()).endsWith("after attention_logit_growth");
        }

        @Test
        void alsoWhenNothingElseFires() {
            noise = 0.005;
            rows(0, 600, row -> row < 10 ? power(row) : power(10));

            assertThat(only().detectedStep()).isBetween(127L, 300L);
            assertThat(only().summary()).endsWith("and nothing else fires");
        }

        @Test
        void whenARestartOfTheScheduleLandsFarAboveTheBest() {
            rate = row -> row < 1_000 ? 1e-3 * (1 + Math.cos(Math.PI * row / 1_000)) / 2 : 1e-3;
            rows(0, 1_000, LossPlateauTest::power).rows(1_000, 1_400, row -> 3.4);

            Incident plateau = first();
            assertThat(plateau.onsetStep()).isGreaterThanOrEqualTo(1_000);
            assertThat(plateau.detectedStep()).isBetween(1_063L, 1_200L);
            assertThat(plateau.summary()).startsWith("Loss stands still at 3.").contains("it had been at 2.");
        }

        @Test
        void whenUpdatesHaveStarved() {
            for (int i = 0; i < 300; i++) {
                play.add(sample(i, LossPlateauTest::power)
                        .metric("param_norm", 40)
                        .metric("update_ratio", i < 200 ? 1e-3 : 5e-6));
            }
            assertThat(only().onsetStep()).isEqualTo(200);
            assertThat(only().detectedStep()).isEqualTo(224);
        }
    }

    @Nested
    class StaysQuiet {
        @Test
        void onARestThatIsOlderThanItsCause() {
            for (int i = 0; i < 126; i++) {
                play.add(sample(i, row -> row < 20 ? power(row) : power(20))
                        .metric("attention_logit_max", new double[][] {{i < 80 ? 5 : 150}}));
            }
            quiet();
        }

        @Test
        void onASlowPowerLaw() {
            noise = 0.005;
            rows(0, 20_000, row -> 1.5 + 3 * Math.pow(1 + row, -0.12));
            quiet();
        }

        @Test
        void onTheStablePhaseAndTheDecayOfAWsdSchedule() {
            rate = row -> 1e-3 * Math.min(1, Math.min(row / 100.0, (6_000 - row) / 1_000.0));
            rows(0, 6_000, row -> power(row) - 0.15 * Math.max(0, row - 5_000) / 1_000.0);
            quiet();
        }

        @Test
        void atTheEndOfACosineWhereTheRateIsNearlyZero() {
            noise = 0.003;
            rate = row -> 1e-3 * (1 + Math.cos(Math.PI * row / 3_000)) / 2;
            rows(0, 3_000, row -> row < 2_600 ? power(row) : power(2_600));
            quiet();
        }

        @Test
        void onAPlannedRestartThatComesBack() {
            rate = row -> 1e-3 * (1 + Math.cos(Math.PI * (row % 1_000) / 1_000)) / 2;
            rows(0, 3_000, row -> power(row) * (1 + 0.1 * Math.cos(Math.PI * (row % 1_000) / 2_000)));
            quiet();
        }

        @Test
        void onARestOfAThirdOfTheLog() {
            rows(0, 3_000, row -> row < 300 ? power(row) : row < 1_200 ? power(300) : power(row - 900));
            quiet();
        }

        @Test
        void onASolvedTask() {
            rows(0, 2_000, row -> 4 * Math.exp(-row / 40.0) + 1e-3);
            quiet();
        }

        @Test
        void onFineTuningFromALowLoss() {
            noise = 0.15;
            rows(0, 1_000, row -> 0.9 + 0.1 * Math.exp(-row / 100.0));
            quiet();
        }

        @Test
        void onABranchWhoseBeginningWasNotSeen() {
            noise = 0.003;
            for (int i = 0; i < 1_000; i++) {
                play.add(at(40_000 + 50L * i)
                        .metric("loss", 2.9 * (1 + noise * random.nextGaussian()))
                        .metric("lr", 1e-3));
            }
            quiet();
        }

        @Test
        void onPoliciesAndPreferences() {
            for (int i = 0; i < 600; i++) {
                play.add(at(i).metric("loss", 0.7).metric("lr", 1e-6).metric("reward_mean", 0.5));
            }
            quiet();
        }
    }

    @Test
    void theUnitOfTheLossDoesNotMatter() {
        noise = 0.005;
        rows(0, 600, row -> row < 10 ? power(row) : power(10));
        LossPlateauTest scaled = new LossPlateauTest();
        scaled.noise = 0.005;
        scaled.rows(0, 600, row -> 1_000 * (row < 10 ? power(row) : power(10)));

        assertThat(scaled.only().detectedStep()).isEqualTo(only().detectedStep());
    }

    @Test
    void settingsHaveRanges() {
        assertThatThrownBy(() -> new LossPlateau.Config(0.02, 0.03, 64, 128))
                .hasMessage("loss_plateau.unexplained must be > 0 and <= explained (0.02), got 0.03");
    }
}
