package io.foreshock.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Losses are made by the law itself, with noise; a schedule is a function of the share of 4,000 steps that is done. */
class LossLawTest {
    private static final int STEPS = 4_000;
    private static final double PEAK = 1e-3;
    private static final DoubleUnaryOperator CONSTANT = done -> PEAK;
    private static final DoubleUnaryOperator COSINE = done -> PEAK * (1 + Math.cos(Math.PI * done)) / 2;

    private final Random random = new Random(5);
    private final Annealing truth = new Annealing();

    private double truth(Annealing at) {
        return 2 + 1.2 * Math.pow(at.s1() / (PEAK * STEPS), -0.4) - 0.2 * at.annealed(1);
    }

    private LossLaw law(DoubleUnaryOperator schedule, int steps, double noise) {
        LossLaw law = new LossLaw();
        for (int i = 0; i < steps; i++) {
            double rate = schedule.applyAsDouble(i / (double) STEPS);
            truth.advance(i, rate);
            law.add(i, rate, truth(truth) * (1 + noise * random.nextGaussian()));
        }
        return law;
    }

    private LossLaw.Expected end(LossLaw law, DoubleUnaryOperator schedule) {
        Annealing so = law.schedule();
        for (long i = so.step() + 1; i < STEPS; i++) {
            so.advance(i, schedule.applyAsDouble(i / (double) STEPS));
            truth.advance(i, schedule.applyAsDouble(i / (double) STEPS));
        }
        return Objects.requireNonNull(law.fit()).at(so);
    }

    @Test
    void foretellsTheEndOfACosineFromItsHalf() {
        LossLaw.Expected expected = end(law(COSINE, STEPS / 2, 0.01), COSINE);

        assertThat(expected.loss()).isCloseTo(truth(truth), within(0.1));
        assertThat(expected.low()).isLessThan(truth(truth));
        assertThat(expected.high()).isGreaterThan(truth(truth));
    }

    @Test
    void isSureOfACourseWithoutADecay() {
        LossLaw.Expected expected = end(law(CONSTANT, STEPS / 2, 0.01), CONSTANT);

        assertThat(expected.loss()).isCloseTo(truth(truth), within(0.03));
        assertThat(expected.high() - expected.low()).isLessThan(0.4);
    }

    @Test
    void isUnsureOfADecayThatHasNotBegun() {
        LossLaw law = law(CONSTANT, STEPS / 2, 0.01);
        LossLaw.Expected held = end(law, CONSTANT);
        LossLaw.Expected decayed = end(law, done -> PEAK * Math.min(1, 4 * (1 - done)));

        assertThat(decayed.loss()).isLessThan(held.loss());
        assertThat(decayed.deviation()).isGreaterThan(1.2 * held.deviation());
    }

    @Test
    void aSpikeHardlyMovesIt() {
        LossLaw spiked = new LossLaw();
        LossLaw clean = new LossLaw();
        Annealing so = new Annealing();
        for (int i = 0; i < STEPS; i++) {
            so.advance(i, PEAK);
            double loss = truth(so) * (1 + 0.01 * random.nextGaussian());
            clean.add(i, PEAK, loss);
            spiked.add(i, PEAK, i >= 2_500 && i < 2_520 ? 3 * loss : loss);
        }
        so.advance(2 * STEPS, PEAK);
        double expected = Objects.requireNonNull(clean.fit()).at(so).loss();

        assertThat(Objects.requireNonNull(spiked.fit()).at(so).loss()).isCloseTo(expected, within(0.01));
    }

    @Test
    void scalesWithTheLoss() {
        LossLaw one = new LossLaw();
        LossLaw hundred = new LossLaw();
        Annealing so = new Annealing();
        for (int i = 0; i < STEPS; i++) {
            double rate = COSINE.applyAsDouble(i / (2.0 * STEPS));
            so.advance(i, rate);
            double loss = truth(so) * (1 + 0.01 * random.nextGaussian());
            one.add(i, rate, loss);
            hundred.add(i, 7 * rate, 100 * loss);
        }
        double expected =
                100 * Objects.requireNonNull(one.fit()).at(one.schedule()).loss();

        assertThat(Objects.requireNonNull(hundred.fit()).at(hundred.schedule()).loss())
                .isCloseTo(expected, within(1e-6 * expected));
    }

    @Test
    void saysNothingOfFewRowsOrConstantsThatAreZero() {
        assertThat(law(CONSTANT, 10, 0).fit()).isNull();
        LossLaw still = new LossLaw();
        for (int i = 0; i < 200; i++) {
            still.add(i, 0, 2);
        }
        assertThat(still.fit()).isNull();
    }

    @Test
    void keepsItsSizeAndAllItsRows() {
        LossLaw law = law(CONSTANT, 100_000, 0.01);

        assertThat(law.blocks()).isBetween(LossLaw.BLOCKS / 2 - 1, LossLaw.BLOCKS);
        assertThat(law.seen()).isEqualTo(100_000);
        assertThat((long) law.blocks() * law.capacity()).isBetween(97_000L, 100_000L);
    }

    @Test
    void aResumeReplacesWhatItGoesBackOver() {
        LossLaw law = law(CONSTANT, 64, 0);
        law.add(32, PEAK, 5);

        assertThat(law.blocks()).isEqualTo(33);
        assertThat(law.loss(32)).isEqualTo(5);
        assertThat(law.now()).isCloseTo(33 * PEAK, within(1e-12));
    }

    @Test
    void goesOnAsIfItHadNotBeenWrittenDown() {
        LossLaw law = law(COSINE, 3_000, 0.01);
        LossLaw read = Written.andRead(law, new LossLaw());
        law.add(3_000, PEAK / 4, 3);
        read.add(3_000, PEAK / 4, 3);

        assertThat(Objects.requireNonNull(read.fit()).at(read.schedule()))
                .isEqualTo(Objects.requireNonNull(law.fit()).at(law.schedule()));
    }
}
