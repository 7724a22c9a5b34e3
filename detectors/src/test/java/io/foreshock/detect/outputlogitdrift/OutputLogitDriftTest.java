package io.foreshock.detect.outputlogitdrift;

import static io.foreshock.judge.Play.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.Play;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class OutputLogitDriftTest {
    private final Play play = Play.judgedBy("output_logit_drift");
    private final Random random = new Random(1);

    /** One measure that follows the course, with ten per cent of noise. */
    private Play run(String metric, long from, long to, LongToDoubleFunction course) {
        for (long step = from; step < to; step++) {
            play.add(at(step).metric(metric, course.applyAsDouble(step) * (1 + 0.1 * random.nextGaussian())));
        }
        return play.end();
    }

    @Test
    void nothingReportedIsNotEvaluable() {
        play.add(at(0).metric("loss", 3)).add(at(1).metric("loss", 2)).end();

        assertThat(play.verdicts).containsEntry("output_logit_drift", Verdict.NOT_EVALUABLE);
    }

    @Test
    void healthyOutputStaysQuiet() {
        assertThat(run("output_logit_max", 0, 3_000, step -> 2 + Math.log(1.0 + step)).told)
                .isEmpty();
    }

    @Test
    void growthThatDoublesEvery100StepsWarnsBefore32AndSaysWhen() {
        // 4 at step 0: 16 at step 200, 32 at step 300, 256 at step 600.
        run("output_logit_max", 0, 290, step -> 4 * Math.pow(2, step / 100.0));

        Incident warning = play.only();
        assertThat(warning.severity()).isEqualTo(Severity.WARNING);
        assertThat(warning.onsetStep()).isBetween(195L, 220L);
        assertThat(warning.detectedStep()).isBetween(200L, 230L);
        assertThat(warning.threshold()).isEqualTo(32);
        assertThat(warning.forecast()).isNotNull();
        assertThat(warning.forecast().step()).isBetween(270L, 330L);
        assertThat(warning.summary()).startsWith("Largest output logit is 1").contains("reaches 32 about step");
    }

    @Test
    void beyond256IsCritical() {
        run("output_logit_max", 0, 700, step -> 4 * Math.pow(2, step / 100.0));

        assertThat(play.opened()).hasSize(1);
        assertThat(play.told)
                .filteredOn(incident -> incident.severity() == Severity.CRITICAL)
                .first()
                .satisfies(incident -> assertThat(incident.step()).isBetween(590L, 620L));
    }

    @Test
    void logZThatDriftsBelowZeroIsSeenByItself() {
        // From 10.8 (a vocabulary of 50,000) down by one in a hundred steps: -32 at step 4,280.
        for (long step = 0; step < 6_000; step += 10) {
            play.add(at(step).metric("log_z", 10.8 - 0.01 * step + 0.3 * random.nextGaussian()));
        }
        play.end();

        assertThat(play.only().detectedStep()).isBetween(2_600L, 4_280L);
        assertThat(play.only().series()).isEqualTo("log_z");
    }

    @Test
    void zLossAloneSuffices() {
        run("z_loss", 0, 400, step -> Math.pow(4 * Math.pow(2, step / 100.0), 2));

        assertThat(play.only().detectedStep()).isBetween(200L, 250L);
        assertThat(play.only().summary()).startsWith("Root of the z-loss");
    }

    @Test
    void meanLogitAloneSufficesButOnlyBeyondTheLimit() {
        run("output_logit_mean", 0, 400, step -> -4 * Math.pow(2, step / 100.0));

        assertThat(play.only().detectedStep()).isBetween(295L, 320L);
    }

    @Test
    void secondRowFarOutWithin32IsTold() {
        run("output_logit_max", 0, 400, step -> step == 255 || step == 264 ? 160 : 9);

        assertThat(play.only().detectedStep()).isEqualTo(264);
        assertThat(play.only().onsetStep()).isEqualTo(255);
        assertThat(play.only().summary()).contains("not the first such row since step 255");
    }

    @Test
    void isolatedRowsFarOutStayQuiet() {
        // A bad batch now and then.
        assertThat(run("output_logit_max", 0, 1_000, step -> step % 100 == 99 ? 160 : 9).told)
                .isEmpty();
    }

    @Test
    void rowsFarOutInTheirOwnNoiseButSmallStayQuiet() {
        assertThat(run("output_logit_max", 0, 600, step -> step % 15 == 14 ? 30 : 3).told)
                .isEmpty();
    }

    @Test
    void skewedNoiseStaysQuiet() {
        assertThat(run("output_logit_max", 0, 2_000, step -> 8 * Math.exp(0.4 * Math.abs(random.nextGaussian()))).told)
                .isEmpty();
    }

    @Test
    void overconfidenceOfAnOverfittedModelStaysQuiet() {
        // Grows like the cube root of time, to 25.
        assertThat(run("output_logit_max", 0, 3_000, step -> 2 + 1.6 * Math.cbrt((double) step)).told)
                .isEmpty();
    }

    @Test
    void modelWhoseLogitsRestFarFromZeroStaysQuiet() {
        assertThat(run("log_z", 0, 2_000, step -> -60).told).isEmpty();
    }

    @Test
    void levelThatJumpsBeyondTheLimitIsTold() {
        run("log_z", 0, 500, step -> step < 300 ? 5 : 60);

        assertThat(play.only().detectedStep()).isBetween(301L, 310L);
    }

    @Test
    void comesBackAndIsResolvedAfter50CalmRows() {
        run("output_logit_max", 0, 600, step -> step < 320 ? 4 * Math.pow(2, step / 100.0) : 8);

        assertThat(play.last().status()).isEqualTo(Status.RESOLVED);
        assertThat(play.last().step()).isBetween(370L, 385L);
    }

    @Test
    void resumeStartsAfresh() {
        run("output_logit_max", 0, 195, step -> 4 * Math.pow(2, step / 100.0));
        for (long step = 150; step < 400; step++) {
            play.add(at(step).attempt(1).metric("output_logit_max", 20 + random.nextGaussian()));
        }

        assertThat(play.end().told).isEmpty();
    }

    @Test
    void nanAndInfinityLeaveTheMeanAlone() {
        run("log_z", 0, 600, step -> step % 3 == 0 ? Double.NaN : step % 7 == 0 ? Double.NEGATIVE_INFINITY : 6);

        assertThat(play.told).isEmpty();
    }

    @Test
    void impossibleSettingsAreRefusedByName() {
        assertThatThrownBy(() -> new OutputLogitDrift.Config(Double.NaN))
                .hasMessage("output_logit_drift.limit must be > 1 nat, got NaN");
    }
}
