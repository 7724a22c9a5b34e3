package io.foreshock.detect.rankdivergence;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MeanWindow;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One signal of all ranks, each beside the others. */
final class Comparison implements State {
    /** Rows whose mean must stand out. */
    static final int RECENT = 20;

    /** Ranks of which one can be told from the others. */
    static final int FEWEST = 3;

    /** Rows that tell what is usual for a rank. */
    private static final double USUAL = 500;

    /** Rows over which the scale is averaged. */
    private static final double SCALE = 64;

    /** Scales to which one row's deviation is cut. */
    private static final double CUT = 4;

    /** Median of |value| of a standard normal value. */
    private static final double DEVIATION = 0.6745;

    /** Equal to the last digits: what every rank computes alike differs by rounding. */
    private static final double SMALLEST_SCALE = 1e-4;

    /** Correlation beyond which rows are as good as one. */
    private static final double MOST_CORRELATED = 0.9;

    /** Share of the limit from which on a rank is away: its rows say nothing about what is usual. */
    private static final double AWAY = 0.5;

    private final Signal signal;
    private final double errors;
    private final double share;
    private final List<Rank> ranks = new ArrayList<>();
    private final RunningMean scale = new RunningMean();
    private final RunningMean square = new RunningMean();
    private final RunningMean product = new RunningMean();
    private long rows;

    // What this row shows, overwritten by the next.
    private double[] logs = new double[8];
    private double[] sorted = new double[8];
    private Rank[] present = new Rank[8];
    private int count;
    private double limit;

    Comparison(Signal signal, RankDivergence.Config config) {
        this.signal = signal;
        this.errors = config.errors();
        this.share = Math.log1p(config.share());
    }

    /** Takes in a row; false if it has too few ranks to compare. */
    boolean observe(Row row) {
        collect(row);
        if (count < FEWEST) {
            return false;
        }
        rows++;
        System.arraycopy(logs, 0, sorted, 0, count);
        Arrays.sort(sorted, 0, count);
        for (int k = 0; k < count; k++) {
            present[k].deviation = logs[k] - medianWithout(logs[k]);
        }
        for (int k = 0; k < count; k++) {
            sorted[k] = Math.abs(present[k].deviation - present[k].usual.mean());
        }
        scale.add(spread(), SCALE);
        limit = errors / Math.sqrt(RECENT) * wander();
        for (int k = 0; k < count; k++) {
            learn(present[k], row.step());
        }
        return true;
    }

    private void collect(Row row) {
        count = 0;
        int reporting = row.ranks(signal);
        if (logs.length < reporting) {
            logs = new double[reporting];
            sorted = new double[reporting];
            present = new Rank[reporting];
        }
        int at = 0;
        for (int k = 0; k < reporting; k++) {
            double value = row.rankValue(signal, k);
            if (value > 0 && value < Double.POSITIVE_INFINITY) {
                int number = row.rank(signal, k);
                while (at < ranks.size() && ranks.get(at).number < number) {
                    at++;
                }
                if (at == ranks.size() || ranks.get(at).number > number) {
                    ranks.add(at, new Rank(number));
                }
                present[count] = ranks.get(at);
                logs[count] = Math.log(value);
                count++;
            }
        }
    }

    /** Median of the others. */
    private double medianWithout(double log) {
        int own = Arrays.binarySearch(sorted, 0, count, log);
        int others = count - 1;
        int half = others / 2;
        double upper = sorted[half < own ? half : half + 1];
        if (others % 2 == 1) {
            return upper;
        }
        double lower = sorted[half - 1 < own ? half - 1 : half];
        return (lower + upper) / 2;
    }

    /** Standard deviation over the ranks of what is in {@code sorted}, of which one rank's share is no more than its own. */
    private double spread() {
        Arrays.sort(sorted, 0, count);
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2 / DEVIATION;
    }

    private void learn(Rank rank, long step) {
        double excess = (rank.deviation - rank.usual.mean()) / scale();
        double cut = Math.max(-CUT, Math.min(CUT, excess));
        rank.recent.add(cut);
        boolean away = rank.recent.full() && Math.abs(rank.recent.mean()) > AWAY * limit;
        double distance = Math.abs(rank.recent.mean());
        if (away) {
            rank.since = rank.away ? rank.since : step;
            rank.diverges |= rows > RECENT && distance > limit && distance * scale() > share;
        } else {
            rank.diverges = false;
            rank.usual.add(rank.usual.mean() + cut * scale(), USUAL);
            product.add(cut * rank.last, SCALE * count);
            square.add(cut * cut, SCALE * count);
        }
        rank.away = away;
        rank.last = cut;
    }

    /** Factor by which a mean of correlated rows is less sure than one of independent rows. */
    private double wander() {
        double correlation = square.mean() > 0 ? product.mean() / square.mean() : 0;
        double held = Math.max(0, Math.min(MOST_CORRELATED, correlation));
        return Math.sqrt((1 + held) / (1 - held));
    }

    private double scale() {
        return Math.max(scale.mean(), SMALLEST_SCALE);
    }

    /** Ranks in this row. */
    int count() {
        return count;
    }

    /** Number of the {@code k}-th rank of this row. */
    int rank(int k) {
        return present[k].number;
    }

    /** Mean logarithm by which it is away from the others, beyond what is usual for it. */
    double mean(int k) {
        return present[k].recent.full() ? present[k].recent.mean() * scale() : 0;
    }

    /** True while the rank is away from the others: from the limits on, until it is back by half. */
    boolean diverges(int k) {
        return present[k].diverges;
    }

    /** Logarithm from which on a rank diverges. */
    double limit() {
        return Math.max(limit * scale(), share);
    }

    /** Step since which it is away. */
    long since(int k) {
        return present[k].since;
    }

    /** A resume: what ranks are and do may be new. */
    void clear() {
        ranks.clear();
        rows = 0;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        archive.each(ranks, () -> new Rank(0));
        scale.persist(archive);
        square.persist(archive);
        product.persist(archive);
        rows = archive.whole(rows);
    }

    private static final class Rank implements State {
        private int number;
        private final RunningMean usual = new RunningMean();
        private final MeanWindow recent = new MeanWindow(RECENT);
        private double last;
        private boolean away;
        private boolean diverges;
        private long since;

        /** Of this row, before what is usual is taken off. */
        private double deviation;

        private Rank(int number) {
            this.number = number;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            number = archive.count(number);
            usual.persist(archive);
            recent.persist(archive);
            last = archive.real(last);
            away = archive.flag(away);
            diverges = archive.flag(diverges);
            since = archive.whole(since);
        }
    }
}
