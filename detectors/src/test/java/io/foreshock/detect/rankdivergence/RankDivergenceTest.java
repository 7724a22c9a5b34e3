package io.foreshock.detect.rankdivergence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RankDivergenceTest {
    private Random random = new Random(20_261_125);
    private Play play = Play.judgedBy("rank_divergence");
    private Random order = new Random(1);
    private int ranks = 4;
    private int step;
    private int attempt;

    /** What one rank reports beside the others. */
    private interface Rank {
        double times(int step, int rank);
    }

    /** Rows whose losses have ten per cent of noise and whose norms have twenty; ranks arrive in any order. */
    private RankDivergenceTest rows(int rows, Rank loss, Rank norm) {
        for (int i = 0; i < rows; i++) {
            List<StepSample> samples = new ArrayList<>();
            for (int rank = 0; rank < ranks; rank++) {
                double fall = 8 * Math.pow(1 + step, -0.2);
                samples.add(Play.at(step)
                        .attempt(attempt)
                        .rank(rank)
                        .metric("loss", loss.times(step, rank) * fall * (1 + 0.1 * random.nextGaussian()))
                        .metric("grad_norm", norm.times(step, rank) * Math.exp(0.2 * random.nextGaussian()))
                        .build());
            }
            Collections.shuffle(samples, order);
            samples.forEach(play::add);
            step++;
        }
        return this;
    }

    private RankDivergenceTest healthy(int rows) {
        return rows(rows, (s, rank) -> 1, (s, rank) -> 1);
    }

    private List<Incident> opened() {
        return play.end().opened();
    }

    @Nested
    class Alarms {
        @Test
        void onARankWhoseLossLeavesTheOthers() {
            healthy(200).rows(100, (s, rank) -> rank == 2 ? 1.3 : 1, (s, rank) -> 1);

            Incident incident = play.end().only();
            assertThat(incident.severity()).isEqualTo(Severity.WARNING);
            assertThat(incident.series()).isEqualTo("loss[rank 2]");
            assertThat(incident.onsetStep()).isBetween(203L, 210L);
            assertThat(incident.detectedStep()).isBetween(207L, 216L);
            assertThat(incident.summary())
                    .matches(
                            "Loss of rank 2 is 1\\.\\d+ times that of the others since step 20\\d \\(mean of 20 rows, 4"
                                    + " ranks\\)");
        }

        @Test
        void onARankWhoseGradientIsNoise() {
            healthy(200).rows(100, (s, rank) -> 1, (s, rank) -> rank == 3 ? 2.5 : 1);

            assertThat(play.end().only().series()).isEqualTo("grad_norm[rank 3]");
            assertThat(play.only().detectedStep()).isBetween(206L, 212L);
        }

        @Test
        void onARankThatLearnsOneBatchByHeart() {
            healthy(200).rows(150, (s, rank) -> rank == 0 ? Math.exp(-0.01 * (s - 200)) : 1, (s, rank) -> 1);

            assertThat(play.end().only().series()).isEqualTo("loss[rank 0]");
            assertThat(play.only().summary()).startsWith("Loss of rank 0 is 0.");
        }

        @Test
        void onOneOfThree() {
            ranks = 3;
            healthy(200).rows(100, (s, rank) -> rank == 1 ? 1.5 : 1, (s, rank) -> 1);

            assertThat(play.end().only().series()).isEqualTo("loss[rank 1]");
        }

        @Test
        void onOneOfManyAsSoon() {
            ranks = 64;
            healthy(60).rows(30, (s, rank) -> rank == 17 ? 1.3 : 1, (s, rank) -> 1);

            assertThat(play.end().only().series()).isEqualTo("loss[rank 17]");
        }

        @Test
        void onceForAsLongAsItLasts() {
            healthy(200).rows(600, (s, rank) -> rank == 2 ? 1.22 : 1, (s, rank) -> 1);

            assertThat(opened()).hasSize(1);
        }

        @Test
        void andResolvesWhenTheRankIsBack() {
            healthy(200)
                    .rows(100, (s, rank) -> rank == 2 ? 1.3 : 1, (s, rank) -> 1)
                    .healthy(100);

            assertThat(play.end().last().status()).isEqualTo(Status.RESOLVED);
            assertThat(play.last().step()).isBetween(320L, 345L);
        }
    }

    @Nested
    class StaysQuietOn {
        @ParameterizedTest
        @ValueSource(ints = {3, 4, 8, 64})
        void healthyRanks(int number) {
            ranks = number;
            assertThat(healthy(2_000 / (number / 4 + 1)).opened()).isEmpty();
        }

        @Test
        void aRankThatHasHarderDataForGood() {
            assertThat(rows(1_000, (s, rank) -> rank == 1 ? 1.4 : 1, (s, rank) -> rank == 1 ? 1.4 : 1)
                            .opened())
                    .isEmpty();
        }

        @Test
        void oneOddBatchOfOneRank() {
            assertThat(healthy(200)
                            .rows(1, (s, rank) -> rank == 2 ? 20 : 1, (s, rank) -> rank == 2 ? 50 : 1)
                            .healthy(100)
                            .opened())
                    .isEmpty();
        }

        @Test
        void heavyTails() {
            Random tails = new Random(5);
            Rank heavy = (s, rank) -> Math.exp(0.1 * tails.nextGaussian() / Math.abs(0.2 + tails.nextGaussian()));
            assertThat(rows(2_000, heavy, heavy).opened()).isEmpty();
        }

        /** Each rank reads a shard whose difficulty wanders, by half of what batches differ. */
        @Test
        void shardsThatWander() {
            double[] difficulty = new double[4];
            Random shard = new Random(6);
            Rank wandering = (s, rank) -> {
                difficulty[rank] = 0.9 * difficulty[rank] + 0.02 * shard.nextGaussian();
                return Math.exp(difficulty[rank]);
            };
            assertThat(rows(3_000, wandering, (s, rank) -> 1).opened()).isEmpty();
        }

        @Test
        void aNormThatEveryRankLogsAlike() {
            for (int i = 0; i < 200; i++) {
                for (int rank = 0; rank < 4; rank++) {
                    play.add(Play.at(i).rank(rank).metric("grad_norm", 0.5 + 0.1 * Math.sin(i)));
                }
            }
            assertThat(opened()).isEmpty();
        }

        @Test
        void twoRanksOfWhichNobodyKnowsWhichIsWrong() {
            ranks = 2;
            healthy(100).rows(100, (s, rank) -> rank == 1 ? 3 : 1, (s, rank) -> 1);

            assertThat(opened()).isEmpty();
            assertThat(play.verdicts).containsEntry("rank_divergence", Verdict.NOT_EVALUABLE);
        }

        @Test
        void aRankThatIsNotANumber() {
            healthy(100).rows(50, (s, rank) -> rank == 1 ? Double.NaN : 1, (s, rank) -> rank == 1 ? 0 : 1);

            assertThat(opened()).isEmpty();
            assertThat(play.verdicts).containsEntry("rank_divergence", Verdict.QUIET);
        }
    }

    @Test
    void theOrderOfArrivalChangesNothing() {
        healthy(200).rows(60, (s, rank) -> rank == 2 ? 1.3 : 1, (s, rank) -> 1);
        List<Incident> told = play.end().told;

        RankDivergenceTest other = new RankDivergenceTest();
        other.order = new Random(99);
        other.healthy(200).rows(60, (s, rank) -> rank == 2 ? 1.3 : 1, (s, rank) -> 1);
        assertThat(other.play.end().told).isEqualTo(told).isNotEmpty();
    }

    @Test
    void configRefusesWhatCannotBe() {
        assertThatThrownBy(() -> new RankDivergence.Config(0, 0.03))
                .hasMessage("rank_divergence.errors must be > 0 standard errors, got 0.0");
        assertThatThrownBy(() -> new RankDivergence.Config(6, 1))
                .hasMessage("rank_divergence.share must be 0 to 1, got 1.0");
    }
}
