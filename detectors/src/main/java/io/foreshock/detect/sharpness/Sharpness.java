package io.foreshock.detect.sharpness;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.MedianWindow;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** The largest Hessian eigenvalue stays above what the optimizer can bear at this learning rate. */
public final class Sharpness implements Detector<Sharpness.Memory> {
    public static final Signature SIGNATURE = Signature.named("sharpness", "Sharpness above the stability limit")
            .needs(Signal.SHARPNESS, Signal.LR)
            .helpedBy(
                    Signal.LOSS,
                    Signal.UPDATE_RATIO,
                    Signal.PARAM_NORM,
                    Signal.GRAD_NORM,
                    Signal.ADAM_SECOND_MOMENT_RMS,
                    Signal.ADAM_EPS)
            .calmAfter(5)
            .reference("arXiv:2110.04369")
            .advice(
                    "Lower the learning rate below limit / sharpness, or warm it up longer: sharpness falls on the way",
                    "Clip the gradient norm, which bounds what a step above the limit can do",
                    "Tell the optimizer's own limit in the settings if it is none of the two assumed")
            .detectedBy(Config.DEFAULT, Sharpness::new);

    /** Sharpness times rate that gradient descent bears. */
    private static final double OF_DESCENT = 2;

    /** The same with heavy-ball momentum of 0.9: 2 + 2 beta. */
    private static final double OF_MOMENTUM = 3.8;

    /** Largest update in rates times gradients that momentum of 0.95 makes. */
    private static final double MOST_OF_MOMENTUM = 20;

    /** Updates in rates times gradients this close to 1, up or down, are gradient descent. */
    private static final double EXACT = 1.05;

    /** Measurements whose median must be above, and updates that tell the optimizer. */
    private static final int MEASUREMENTS = 5;

    /** Rows whose median is the present loss. */
    private static final int LOSSES = 12;

    /** A loss this near its best was not harmed, whatever the sharpness. */
    private static final double AT_BEST = 1.02;

    private final Config config;

    public Sharpness(Config config) {
        this.config = config;
    }

    /**
     * @param limit sharpness times learning rate that the optimizer bears, a pure number; 0: what the log tells of the
     *     optimizer decides, {@code >= 0}
     * @param excess factor over the limit within which sharpness may hover, as it does at the edge of stability,
     *     {@code >= 1}
     */
    public record Config(double limit, double excess) {
        public static final Config DEFAULT = new Config(0, 1.25);

        public Config {
            Setting.check(limit >= 0 && limit < 1e300, "sharpness", "limit", ">= 0", limit);
            Setting.check(excess >= 1, "sharpness", "excess", ">= 1", excess);
        }
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private final MedianWindow products = new MedianWindow(MEASUREMENTS);
        private final MedianWindow updates = new MedianWindow(MEASUREMENTS);
        private final MedianWindow losses = new MedianWindow(LOSSES);
        private double bestLoss = Double.POSITIVE_INFINITY;
        private double rate;
        private boolean adam;
        private boolean above;
        private long since;

        @Override
        public void persist(Archive archive) throws IOException {
            products.persist(archive);
            updates.persist(archive);
            losses.persist(archive);
            bestLoss = archive.real(bestLoss);
            rate = archive.real(rate);
            adam = archive.flag(adam);
            above = archive.flag(above);
            since = archive.whole(since);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    /** The limit of an adaptive optimizer is one of the preconditioned Hessian, which is another number. */
    @Override
    public boolean evaluable(Memory memory) {
        return config.limit > 0 || !isAdaptive(memory);
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        observeRun(memory, row);
        double sharpness = row.value(Signal.SHARPNESS);
        if (!Double.isFinite(sharpness) || memory.rate <= 0 || !evaluable(memory)) {
            return;
        }
        double product = sharpness * memory.rate;
        if (!Double.isFinite(product)) {
            return;
        }
        memory.products.add(product);
        double limit = limit(memory);
        boolean now = product > config.excess * limit;
        if (now && !memory.above) {
            memory.since = row.step();
        }
        memory.above = now;
        if (!now) {
            return;
        }
        double median = memory.products.median();
        if (memory.products.size() < MEASUREMENTS || median <= config.excess * limit) {
            out.suspect();
            return;
        }
        boolean bears = memory.losses.median() <= AT_BEST * memory.bestLoss;
        out.add(new Finding(
                Signal.SHARPNESS,
                Signal.SHARPNESS.key(),
                bears ? Severity.INFO : Severity.WARNING,
                memory.since,
                median,
                limit,
                "1",
                null,
                Sentence.of(
                        "Sharpness is %.3g, %.2g times the %.3g that %s bears at a learning rate of %.2g, since step"
                                + " %,d%s",
                        sharpness,
                        median / limit,
                        limit / memory.rate,
                        name(memory),
                        memory.rate,
                        memory.since,
                        bears ? "; the loss is at its best all the same" : "")));
    }

    private static void observeRun(Memory memory, Row row) {
        memory.adam |= row.has(Signal.ADAM_EPS) || row.has(Signal.ADAM_SECOND_MOMENT_RMS);
        double rate = row.value(Signal.LR);
        if (Double.isFinite(rate)) {
            memory.rate = rate;
        }
        if (Double.isFinite(row.value(Signal.LOSS))) {
            memory.losses.add(row.value(Signal.LOSS));
            memory.bestLoss = Math.min(memory.bestLoss, memory.losses.median());
        }
        double update = row.value(Signal.UPDATE_RATIO)
                * row.value(Signal.PARAM_NORM)
                / (row.value(Signal.LR) * row.value(Signal.GRAD_NORM));
        if (update > 0 && update < Double.POSITIVE_INFINITY) {
            memory.updates.add(Math.log(update));
        }
    }

    private static boolean isAdaptive(Memory memory) {
        return memory.adam
                || (memory.updates.size() == MEASUREMENTS && memory.updates.median() > Math.log(MOST_OF_MOMENTUM));
    }

    private static boolean isDescent(Memory memory) {
        return memory.updates.size() == MEASUREMENTS && Math.abs(memory.updates.median()) < Math.log(EXACT);
    }

    private double limit(Memory memory) {
        if (config.limit > 0) {
            return config.limit;
        }
        return isDescent(memory) ? OF_DESCENT : OF_MOMENTUM;
    }

    private String name(Memory memory) {
        if (config.limit > 0) {
            return "the optimizer";
        }
        return isDescent(memory) ? "gradient descent" : "gradient descent with momentum 0.9";
    }
}
