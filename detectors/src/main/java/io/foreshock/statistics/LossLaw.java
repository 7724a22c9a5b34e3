package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The course a loss takes under its learning-rate schedule: loss = L0 + A·S1^(−α) − C·S2, with S1 and S2 as
 * {@link Annealing} counts them (Tissue et al., arXiv:2408.11029). So a schedule says beforehand how the loss should
 * fall, when the rate is decayed too.
 *
 * <p><b>Memory</b>: means of the loss over at most {@value #BLOCKS} blocks of equally many rows; when all are full,
 * neighbours merge. <b>Fit</b>: α and λ on a grid; for each pair L0, A and C, none below 0, by linear least squares, blocks
 * that stand out counting less (Huber). The pairs are weighted by how well they fit (a normal likelihood whose
 * effective number of blocks is reduced by their serial correlation), so that the interval of a forecast holds both
 * what the noise leaves open and what the exponents do. While the rate has not fallen yet nothing is known of C: until the
 * blocks say better, a full decay is worth {@value #DECAY_WORTH} of the loss, give or take {@value #DECAY_SPREAD}.
 *
 * <p>Its error also contains the law's own: it is a law of language-model pre-training after warm-up. The first
 * {@value #TRANSIENT} of S1 is left out.
 */
public final class LossLaw implements State {
    static final int BLOCKS = 96;

    /** Blocks without which nothing is fitted. */
    public static final int FEWEST = 16;

    private static final double TRANSIENT = 0.1;
    private static final double DECAY_WORTH = 0.06;
    private static final double DECAY_SPREAD = 0.03;

    /** Exponents of the law that are tried; those of the papers are 0.3 to 0.6. */
    private static final double[] EXPONENTS = exponents(0.05, 1.6, 24);

    private static final int REWEIGHTINGS = 4;

    /** Residuals beyond this many deviations count in proportion only. */
    private static final double HUBER = 1.5;

    /** No block mean is surer than this share of it: the law itself is not. */
    private static final double LAW_ERROR = 5e-4;

    private static final double HIGHEST_CORRELATION = 0.9;

    /** Share of the change it promises by which the law itself may err. */
    private static final double EXTRAPOLATION = 0.25;

    /** 90 % of a normal distribution. */
    private static final double INTERVAL = 1.645;

    private final Annealing now = new Annealing();
    private int size;
    private int capacity = 1;
    private int rows;
    private long[] firstStep = new long[BLOCKS];
    private double[] loss = new double[BLOCKS];
    private double[] s1 = new double[BLOCKS];
    private double[][] s2 = new double[Annealing.KINDS][BLOCKS];
    private long seen;
    private double origin;

    private static double[] exponents(double lowest, double highest, int count) {
        double[] grid = new double[count];
        for (int i = 0; i < count; i++) {
            grid[i] = lowest * Math.pow(highest / lowest, i / (count - 1.0));
        }
        return grid;
    }

    /**
     * Takes in a row.
     *
     * @param rate the learning rate, {@code >= 0}; any constant where none is known
     * @param value the loss, finite
     */
    public void add(long step, double rate, double value) {
        if (step < now.step()) {
            rewind(step);
        }
        now.advance(step, rate);
        if (size == 0 || rows == capacity) {
            if (size == BLOCKS) {
                merge();
            }
            firstStep[size] = step;
            size++;
            rows = 0;
        }
        rows++;
        seen++;
        int last = size - 1;
        loss[last] = rows == 1 ? value : loss[last] + (value - loss[last]) / rows;
        s1[last] = rows == 1 ? now.s1() : s1[last] + (now.s1() - s1[last]) / rows;
        for (int k = 0; k < s2.length; k++) {
            s2[k][last] = rows == 1 ? now.annealed(k) : s2[k][last] + (now.annealed(k) - s2[k][last]) / rows;
        }
    }

    private void rewind(long step) {
        while (size > 0 && firstStep[size - 1] >= step) {
            size--;
        }
        rows = size == 0 ? 0 : capacity;
        now.rewind(step - 1);
    }

    private void merge() {
        size = BLOCKS / 2;
        capacity *= 2;
        for (int i = 0; i < size; i++) {
            firstStep[i] = firstStep[2 * i];
            loss[i] = (loss[2 * i] + loss[2 * i + 1]) / 2;
            s1[i] = (s1[2 * i] + s1[2 * i + 1]) / 2;
            for (double[] one : s2) {
                one[i] = (one[2 * i] + one[2 * i + 1]) / 2;
            }
        }
    }

    /** Begins the course anew; the schedule goes on. */
    public void clear() {
        origin = now.s1();
        size = 0;
        rows = 0;
        capacity = 1;
    }

    /** Rows taken in. */
    public long seen() {
        return seen;
    }

    /** Blocks that are full. */
    public int blocks() {
        return rows == capacity ? size : Math.max(0, size - 1);
    }

    /** Rows of a block. */
    public int capacity() {
        return capacity;
    }

    /** Mean loss of a block. */
    public double loss(int block) {
        return loss[block];
    }

    /** Mean S1 of a block. */
    public double s1(int block) {
        return s1[block];
    }

    /** First step of a block. */
    public long firstStep(int block) {
        return firstStep[block];
    }

    /** Median of the mean losses of some full blocks. */
    public double median(int first, int end) {
        double[] sorted = Arrays.copyOfRange(loss, first, end);
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** Deviation of a block mean from its neighbours, robustly. */
    public double noise(int first, int end) {
        double[] differences = new double[Math.max(1, end - first - 1)];
        for (int i = first; i + 1 < end; i++) {
            differences[i - first] = Math.abs(loss[i + 1] - loss[i]);
        }
        Arrays.sort(differences);
        return differences[differences.length / 2] / (0.6745 * Math.sqrt(2));
    }

    /** The lowest that the loss was over three full blocks in a row, by the middle one of them; NaN before. */
    public double lowest() {
        double lowest = Double.NaN;
        for (int i = 0; i + 3 <= blocks(); i++) {
            double middle =
                    Math.max(Math.min(loss[i], loss[i + 1]), Math.min(Math.max(loss[i], loss[i + 1]), loss[i + 2]));
            lowest = middle >= lowest ? lowest : middle;
        }
        return lowest;
    }

    /** S1 where the course began: 0, or where it was last cleared. */
    public double origin() {
        return origin;
    }

    /** The rate at the last row. */
    public double rate() {
        return now.rate();
    }

    /** S1 at the last row. */
    public double now() {
        return now.s1();
    }

    /** The schedule up to now, to be continued in thought. */
    public Annealing schedule() {
        return now.copy();
    }

    /** The law fitted to the first so many full blocks, or null where they are too few or the loss has no scale. */
    public @Nullable Fit fit(int blocks) {
        int first = 0;
        while (first < blocks && s1[first] < TRANSIENT * s1[blocks - 1]) {
            first++;
        }
        return blocks - first < FEWEST || !(s1[first] > 0) ? null : Fit.of(this, first, blocks);
    }

    /** @return the law fitted to all that was seen */
    public @Nullable Fit fit() {
        return fit(blocks());
    }

    @Override
    public void persist(Archive archive) throws IOException {
        now.persist(archive);
        size = archive.count(size);
        capacity = archive.count(capacity);
        rows = archive.count(rows);
        firstStep = archive.wholes(firstStep);
        loss = archive.reals(loss);
        s1 = archive.reals(s1);
        for (int k = 0; k < s2.length; k++) {
            s2[k] = archive.reals(s2[k]);
        }
        seen = archive.whole(seen);
        origin = archive.real(origin);
    }

    /**
     * What the loss should be, apart from the noise of its batch.
     *
     * @param loss in nats, as the loss that was fitted
     * @param deviation standard deviation of the forecast
     */
    public record Expected(double loss, double deviation) {
        /** Lower end of the interval of 90 %. */
        public double low() {
            return loss - INTERVAL * deviation;
        }

        /** Upper end of the interval of 90 %. */
        public double high() {
            return loss + INTERVAL * deviation;
        }
    }

    /** A fitted law: a linear one for each pair of α and λ, and how much each pair is to be believed. */
    public static final class Fit {
        private final double unit;
        private final double level;
        private final Linear[] linear;
        private final double[] weight;
        private final double variance;

        private Fit(double unit, double level, Linear[] linear, double[] weight, double variance) {
            this.unit = unit;
            this.level = level;
            this.linear = linear;
            this.weight = weight;
            this.variance = variance;
        }

        private static Fit of(LossLaw law, int first, int end) {
            int n = end - first;
            int pairs = EXPONENTS.length * Annealing.KINDS;
            double unit = law.s1[end - 1];
            double level = Math.abs(law.loss[end - 1]);
            double[] huber = new double[n];
            Arrays.fill(huber, 1);
            Linear[] linear = new Linear[pairs];
            Sums sums = new Sums(law, first, end, unit);
            double floor = LAW_ERROR * level;
            double sigma = Math.max(floor, law.noise(first, end));
            Linear best = fitAll(sums, huber, sigma, level, linear);
            for (int round = 1; round < REWEIGHTINGS; round++) {
                sigma = Math.max(floor, best.reweigh(law, first, end, unit, huber));
                best = fitAll(sums, huber, sigma, level, linear);
            }
            sigma = Math.max(floor, best.reweigh(law, first, end, unit, huber));
            double correlation = Math.min(HIGHEST_CORRELATION, Math.max(0, best.correlation(law, first, end, unit)));
            double inflated = sigma * sigma * (1 + correlation) / (1 - correlation);
            double[] last = new double[3];
            best.regressors(law, end - 1, unit, last);
            double[] weight = new double[pairs];
            double sum = 0;
            for (int i = 0; i < pairs; i++) {
                weight[i] = Math.exp((best.squares - linear[i].squares) / (2 * inflated));
                sum += weight[i];
            }
            for (int i = 0; i < pairs; i++) {
                weight[i] /= sum;
            }
            return new Fit(unit, best.value(last), linear, weight, inflated);
        }

        /** Fits every pair of α and λ and returns the best. */
        private static Linear fitAll(Sums sums, double[] huber, double sigma, double level, Linear[] into) {
            sums.weigh(huber);
            Linear best = new Linear(0, 0);
            for (int i = 0; i < into.length; i++) {
                into[i] = Linear.fit(sums, i / Annealing.KINDS, i % Annealing.KINDS, sigma, level);
                best = into[i].squares < best.squares ? into[i] : best;
            }
            return best;
        }

        /** What the law expects of the loss at the end of this schedule. */
        public Expected at(Annealing schedule) {
            return at(schedule.s1(), schedule::annealed);
        }

        private Expected at(double s1, IntToDoubleFunction annealed) {
            double[] x = new double[3];
            double mean = 0;
            double square = 0;
            double within = 0;
            for (int i = 0; i < linear.length; i++) {
                if (weight[i] > 1e-6) {
                    Linear one = linear[i];
                    x[0] = 1;
                    x[1] = Math.pow(s1 / unit, -one.exponent);
                    x[2] = -annealed.applyAsDouble(one.keep);
                    double value = one.value(x);
                    mean += weight[i] * value;
                    square += weight[i] * value * value;
                    within += weight[i] * one.variance(x, variance);
                }
            }
            double law = EXTRAPOLATION * (mean - level);
            return new Expected(mean, Math.sqrt(Math.max(0, square - mean * mean) + within + law * law));
        }
    }

    /**
     * The weighted sums of products that all fits of one course are made of. Of the regressors 1, S1^(−α) and −S2 the
     * second changes with α alone and the third with λ alone, so only their product is summed for each pair.
     */
    private static final class Sums {
        private final int n;
        private final double[] y;
        private final double[][] second;
        private final double[][] third;
        private final double[][] weightedSecond;
        private final double[][] weightedThird;
        /** By α and λ: of a regressor times 1, itself, and y. */
        private final double[][] ofSecond = new double[EXPONENTS.length][];

        private final double[][] ofThird = new double[Annealing.KINDS][];
        private double weight;
        private double weightedY;
        /** Of y squared. */
        private double total;

        private Sums(LossLaw law, int first, int end, double unit) {
            n = end - first;
            y = Arrays.copyOfRange(law.loss, first, end);
            second = new double[EXPONENTS.length][n];
            third = new double[Annealing.KINDS][n];
            weightedSecond = new double[EXPONENTS.length][n];
            weightedThird = new double[Annealing.KINDS][n];
            for (int i = 0; i < n; i++) {
                for (int e = 0; e < second.length; e++) {
                    second[e][i] = Math.pow(law.s1[first + i] / unit, -EXPONENTS[e]);
                }
                for (int k = 0; k < third.length; k++) {
                    third[k][i] = -law.s2[k][first + i];
                }
            }
        }

        /** Sums anew with these weights. */
        private void weigh(double[] weights) {
            weight = 0;
            weightedY = 0;
            total = 0;
            for (int i = 0; i < n; i++) {
                weight += weights[i];
                weightedY += weights[i] * y[i];
                total += weights[i] * y[i] * y[i];
            }
            weigh(second, weights, weightedSecond, ofSecond);
            weigh(third, weights, weightedThird, ofThird);
        }

        private void weigh(double[][] regressors, double[] weights, double[][] weighted, double[][] sums) {
            for (int r = 0; r < regressors.length; r++) {
                double[] x = regressors[r];
                double[] wx = weighted[r];
                double one = 0;
                double square = 0;
                double product = 0;
                for (int i = 0; i < n; i++) {
                    wx[i] = weights[i] * x[i];
                    one += wx[i];
                    square += wx[i] * x[i];
                    product += wx[i] * y[i];
                }
                sums[r] = new double[] {one, square, product};
            }
        }

        /** The normal equations of one pair, right-hand side last. */
        private double[][] normal(int exponent, int keep) {
            double[] s = ofSecond[exponent];
            double[] t = ofThird[keep];
            // In exact arithmetic they are the same.
            double secondThird = product(weightedSecond[exponent], third[keep]);
            double thirdSecond = product(weightedThird[keep], second[exponent]);
            return new double[][] {
                {weight, s[0], t[0], weightedY}, {s[0], s[1], secondThird, s[2]}, {t[0], thirdSecond, t[1], t[2]}
            };
        }

        private double product(double[] one, double[] other) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += one[i] * other[i];
            }
            return sum;
        }
    }

    /** Least squares for one α and one λ. */
    private static final class Linear {
        private static final int[] ALL = {7, 3, 5, 6, 1, 2, 4};

        private final double exponent;
        private final int keep;
        private double[] coefficients = new double[3];
        private double[][] inverse = new double[3][3];
        private double squares = Double.POSITIVE_INFINITY;

        private Linear(double exponent, int keep) {
            this.exponent = exponent;
            this.keep = keep;
        }

        static Linear fit(Sums sums, int exponent, int keep, double sigma, double level) {
            Linear fit = new Linear(EXPONENTS[exponent], keep);
            // What a decay is worth, as one more observation.
            double w = sigma * sigma / Math.pow(DECAY_SPREAD * level, 2);
            double y = DECAY_WORTH * level;
            double[][] normal = sums.normal(exponent, keep);
            normal[2][2] += w;
            normal[2][3] += w * y;
            fit.solve(normal, sums.total + w * y * y);
            return fit;
        }

        private void regressors(LossLaw law, int block, double unit, double[] x) {
            x[0] = 1;
            x[1] = Math.pow(law.s1[block] / unit, -exponent);
            x[2] = -law.s2[keep][block];
        }

        /** None below 0: of all subsets of the coefficients that allow it, the one that fits best. */
        private void solve(double[][] normal, double total) {
            for (int subset : ALL) {
                double[][] inverted = invert(normal, subset);
                if (inverted == null) {
                    continue;
                }
                double[] b = new double[3];
                double explained = 0;
                boolean allowed = true;
                for (int r = 0; r < 3; r++) {
                    for (int c = 0; c < 3; c++) {
                        b[r] += inverted[r][c] * normal[c][3];
                    }
                    allowed &= b[r] >= 0;
                    explained += b[r] * normal[r][3];
                }
                double rest = Math.max(0, total - explained);
                if (allowed && rest < squares) {
                    squares = rest;
                    coefficients = b;
                    inverse = inverted;
                }
            }
        }

        /** Inverse of the normal matrix restricted to a subset, 0 elsewhere; null where it has none. */
        private static double @Nullable [][] invert(double[][] normal, int subset) {
            double[][] work = new double[3][6];
            for (int r = 0; r < 3; r++) {
                boolean in = (subset >> r & 1) == 1;
                for (int c = 0; c < 3; c++) {
                    work[r][c] = in && (subset >> c & 1) == 1 ? normal[r][c] : r == c ? 1 : 0;
                }
                work[r][3 + r] = in ? 1 : 0;
            }
            for (int p = 0; p < 3; p++) {
                double scale = normal[p][p];
                if (!(Math.abs(work[p][p]) > 1e-12 * Math.max(scale, 1e-300))) {
                    return null;
                }
                double pivot = work[p][p];
                for (int c = 0; c < 6; c++) {
                    work[p][c] /= pivot;
                }
                for (int r = 0; r < 3; r++) {
                    double factor = work[r][p];
                    for (int c = 0; c < 6 && r != p; c++) {
                        work[r][c] -= factor * work[p][c];
                    }
                }
            }
            double[][] inverse = new double[3][];
            for (int r = 0; r < 3; r++) {
                inverse[r] = Arrays.copyOfRange(work[r], 3, 6);
            }
            return inverse;
        }

        double value(double[] x) {
            return coefficients[0] * x[0] + coefficients[1] * x[1] + coefficients[2] * x[2];
        }

        double variance(double[] x, double noise) {
            double sum = 0;
            for (int r = 0; r < 3; r++) {
                for (int c = 0; c < 3; c++) {
                    sum += x[r] * inverse[r][c] * x[c];
                }
            }
            return Math.max(0, sum) * noise;
        }

        private double residual(LossLaw law, int block, double unit, double[] x) {
            regressors(law, block, unit, x);
            return law.loss[block] - value(x);
        }

        /** Lowers the weight of what stands out; returns the deviation of the rest. */
        double reweigh(LossLaw law, int first, int end, double unit, double[] huber) {
            double[] x = new double[3];
            double[] sizes = new double[end - first];
            for (int i = first; i < end; i++) {
                sizes[i - first] = Math.abs(residual(law, i, unit, x));
            }
            double[] sorted = sizes.clone();
            Arrays.sort(sorted);
            double sigma = sorted[sorted.length / 2] / 0.6745;
            for (int i = 0; i < sizes.length; i++) {
                huber[i] = sizes[i] > HUBER * sigma && sigma > 0 ? HUBER * sigma / sizes[i] : 1;
            }
            return sigma;
        }

        /** Of successive residuals. */
        double correlation(LossLaw law, int first, int end, double unit) {
            double[] x = new double[3];
            double before = 0;
            double products = 0;
            double all = 0;
            for (int i = first; i < end; i++) {
                double residual = residual(law, i, unit, x);
                products += i > first ? before * residual : 0;
                all += residual * residual;
                before = residual;
            }
            return all > 0 ? products / all : 0;
        }
    }
}
