package io.foreshock.detect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.foreshock.judge.Play;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.StepAssembler;
import io.foreshock.telemetry.StepSample;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RewardCourseTest {
    private final RewardCourse course = new RewardCourse();
    private final StepAssembler assembler = new StepAssembler();
    private final Random random = new Random(11);
    private long step;
    private double kl = Double.NaN;

    private void add(StepSample.Builder sample) {
        assembler.add(sample.build(), this::observe, rejected -> {});
        assembler.flush(this::observe);
    }

    private void observe(Row row) {
        course.observe(row);
        kl = RewardCourse.kl(row);
    }

    /** A row whose rewards share the noise of their batch. */
    private void add(double reward, double gold) {
        double noise = 0.05 * random.nextGaussian();
        add(Play.at(step++).metric("reward_mean", reward + noise).metric("gold_reward_mean", gold + noise));
    }

    @Test
    void goldThatFollowsConfirms() {
        for (int i = 0; i < 200; i++) {
            add(i / 100.0, 0.9 * i / 100.0);
        }

        assertThat(course.confirmed()).isTrue();
        assertThat(course.refuted()).isFalse();
        assertThat(course.gained()).isTrue();
    }

    @Test
    void goldThatStaysBehindRefutesThoughItRises() {
        for (int i = 0; i < 200; i++) {
            add(i / 100.0, 0.2 * i / 100.0);
        }

        assertThat(course.confirmed()).isFalse();
        assertThat(course.behind()).isTrue();
        assertThat(course.goldTurned()).isFalse();
        assertThat(course.refuted()).isTrue();
    }

    @Test
    void goldThatTurnsRefutesWhateverItHadGained() {
        for (int i = 0; i < 300; i++) {
            add(i / 100.0, (i < 200 ? i : 400 - i) / 100.0);
        }

        assertThat(course.goldTurned()).isTrue();
        assertThat(course.rewardAtBestGold()).isBetween(1.8, 2.4);
    }

    @Test
    void rangeIsForgottenAtTheFirstRewardOutside() {
        add(Play.at(0).metric("reward_mean", 0.9));
        assertThat(course.ranged()).isTrue();
        assertThat(course.share()).isCloseTo(0.9, within(1e-12));
        add(Play.at(1).metric("reward_mean", 1.01));
        assertThat(course.ranged()).isFalse();
    }

    @Test
    void promptsThatStillDifferMayYetBeSolved() {
        for (int i = 0; i < 300; i++) {
            double left = Math.max(0, 1 - i / 200.0);
            add(Play.at(i).metric("reward_mean", 0.6).metric("reward_std", 0.3 * left));
            if (i == 20) {
                assertThat(course.reaches(0.82)).isTrue();
            }
        }

        assertThat(course.reaches(0.82)).isFalse();
        assertThat(course.spreadGone()).isTrue();
    }

    @Test
    void klIsThatOfAResponse() {
        add(Play.at(0).metric("kl", 4));
        assertThat(kl).isEqualTo(4);
        add(Play.at(1).metric("kl_token", 0.02).metric("response_length_mean", 300));
        assertThat(kl).isCloseTo(6, within(1e-12));
        add(Play.at(2).metric("kl_token", 0.02));
        assertThat(kl).isNaN();
    }

    @Test
    void rowsWithoutAFiniteRewardAreNotSeen() {
        add(Play.at(0).metric("reward_mean", Double.NaN).metric("gold_reward_mean", 1));
        add(Play.at(1).metric("reward_mean", Double.POSITIVE_INFINITY));

        assertThat(course.reward().count()).isZero();
        assertThat(course.gold().count()).isZero();
    }
}
