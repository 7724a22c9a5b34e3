package io.foreshock.detect.lossplateau;

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
import io.foreshock.statistics.LossLaw;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.List;

/** Loss that stops falling where its schedule says it should: method and limits are described with the package. */
public final class LossPlateau implements Detector<LossPlateau.Memory> {
    public static final Signature SIGNATURE = Signature.named("loss_plateau", "Loss plateau")
            .needs(Signal.LOSS)
            .helpedBy(Signal.LR, Signal.UPDATE_RATIO, Signal.PARAM_NORM)
            .calmAfter(48)
            .reference("arXiv:2408.11029")
            .advice(
                    "Look at what fired before it: saturated attention, a vanished gradient or a wrong learning rate do not"
                            + " heal by waiting",
                    "Resume from before the onset with the cause removed (normalised queries and keys, a longer warm-up, a"
                            + " lower or the right rate)",
                    "If nothing else fires: check the data loader for repeated batches and the scale of the loss")
            .detectedBy(Config.DEFAULT, LossPlateau::new);

    /** What leaves a loss standing still. */
    private static final List<String> CAUSES =
            List.of("attention_logit_growth", "attention_entropy_collapse", "grad_vanishing", "update_collapse");

    /** After what a run may land at a level it had left long before. */
    private static final List<String> SHOCKS = List.of("lr_anomaly", "loss_spike", "loss_divergence", "grad_explosion");

    /** Standard errors of a median over those of a mean. */
    private static final double MEDIAN = 1.25;

    /** A loss may rise by so much between the two halves and still count as standing still, where a cause is known. */
    private static final double RISE = 0.03;

    /** A level this many times the best is one the run had left. */
    private static final double LEFT = 1.25;

    /** Under this share of the first loss a task is solved. */
    private static final double SOLVED = 0.02;

    /** Above this share of the first loss hardly anything was learned. */
    private static final double UNLEARNED = 0.5;

    /** Limit of progress, as a share of {@code unexplained}, where something was learned. */
    private static final double STRICT = 1.0 / 3;

    /** Updates so many times smaller than they were, a unit of the rate, move nothing. */
    private static final double STARVED = 100;

    private static final int STARVED_ROWS = 25;

    /** Rows of the mean of the updates. */
    private static final double UPDATE_SPAN = 32;

    /** Blocks on either side of the comparison. */
    private static final int FEWEST = 5;

    private final Config config;

    public LossPlateau(Config config) {
        this.config = config;
    }

    /**
     * @param explained progress a doubling of S1 under which the loss is flat where a cause fired, as a share of its
     *     level, {@code > 0}
     * @param unexplained the same where none did, {@code > 0 and <= explained}
     * @param rows rows before the first verdict where a cause fired, {@code >= 16}
     * @param unexplainedRows the same where none did, {@code >= rows}
     */
    public record Config(double explained, double unexplained, int rows, int unexplainedRows) {
        public static final Config DEFAULT = new Config(0.02, 0.006, 64, 128);

        public Config {
            String slug = "loss_plateau";
            Setting.check(explained > 0, slug, "explained", "> 0", explained);
            Setting.check(
                    unexplained > 0 && unexplained <= explained,
                    slug,
                    "unexplained",
                    "> 0 and <= explained (" + explained + ")",
                    unexplained);
            Setting.check(rows >= 16, slug, "rows", ">= 16 rows", rows);
            Setting.check(unexplainedRows >= rows, slug, "unexplainedRows", ">= rows (" + rows + ")", unexplainedRows);
        }
    }

    private enum Why {
        NONE,
        CAUSE,
        ALONE,
        LANDED,
        STARVED
    }

    /** What is remembered about one run. */
    public static final class Memory implements State {
        private Why why = Why.NONE;
        private long onset;
        private double before;
        private double recent;
        private double limit;
        private long judgedBlocks;

        private String cause = "";
        private double causeFrom = -1;
        private double causeUntil = -1;
        private boolean shocked;
        private double shockS1 = -1;
        private double bestBeforeShock;
        /** The course since the last shock, in blocks of its own. */
        private final LossLaw landed = new LossLaw();

        private double start;

        private final RunningMean update = new RunningMean();
        private double bestUpdate;
        private int starved;
        private long starvedSince;

        private Memory() {}

        @Override
        public void persist(Archive archive) throws IOException {
            why = archive.constant(why, Why.values());
            onset = archive.whole(onset);
            before = archive.real(before);
            recent = archive.real(recent);
            limit = archive.real(limit);
            judgedBlocks = archive.whole(judgedBlocks);
            cause = archive.word(cause);
            causeFrom = archive.real(causeFrom);
            causeUntil = archive.real(causeUntil);
            shocked = archive.flag(shocked);
            shockS1 = archive.real(shockS1);
            bestBeforeShock = archive.real(bestBeforeShock);
            landed.persist(archive);
            start = archive.real(start);
            update.persist(archive);
            bestUpdate = archive.real(bestUpdate);
            starved = archive.count(starved);
            starvedSince = archive.whole(starvedSince);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double loss = row.value(Signal.LOSS);
        if (!Double.isFinite(loss) || run.policy() || run.preference()) {
            return;
        }
        LossLaw law = run.law();
        if (law.seen() <= 1 || memory.start == 0) {
            memory.start = Math.abs(loss);
        }
        observeUpdate(memory, row);
        observeOthers(memory, run, law);
        memory.landed.add(row.step(), law.rate(), loss);
        long judged = (long) law.blocks() * law.capacity();
        if (judged != memory.judgedBlocks && law.blocks() >= 2 * FEWEST) {
            memory.judgedBlocks = judged;
            memory.why = judge(memory, law);
        }
        boolean starved = memory.starved >= STARVED_ROWS && memory.why == Why.NONE && memory.shockS1 < law.now() / 2;
        if (starved) {
            memory.onset = memory.starvedSince;
        }
        if ((starved || memory.why != Why.NONE) && loss > SOLVED * memory.start) {
            out.add(finding(memory, starved ? Why.STARVED : memory.why, loss));
        }
    }

    /** Norm of the update, a unit of the rate: schedule and growth of the weights cancel. */
    private static void observeUpdate(Memory memory, Row row) {
        double update = row.value(Signal.UPDATE_RATIO) * row.value(Signal.PARAM_NORM) / row.value(Signal.LR);
        if (!(update >= 0 && update < Double.POSITIVE_INFINITY)) {
            return;
        }
        memory.update.add(update, UPDATE_SPAN);
        memory.bestUpdate = Math.max(memory.bestUpdate, memory.update.mean());
        if (update * STARVED < memory.bestUpdate) {
            memory.starvedSince = memory.starved == 0 ? row.step() : memory.starvedSince;
            memory.starved++;
        } else {
            memory.starved = 0;
        }
    }

    private static void observeOthers(Memory memory, RunHistory run, LossLaw law) {
        double s1 = law.now();
        for (String slug : CAUSES) {
            if (run.firing(slug)) {
                // One that fires again within a doubling never really went away.
                memory.causeFrom = memory.causeUntil > s1 / 2 ? memory.causeFrom : s1;
                memory.causeUntil = s1;
                memory.cause = slug;
            }
        }
        boolean shocked = false;
        for (String slug : SHOCKS) {
            shocked |= run.firing(slug);
        }
        if (shocked && !memory.shocked) {
            memory.shockS1 = s1;
            memory.bestBeforeShock = law.lowest();
            memory.landed.clear();
        }
        memory.shocked = shocked;
    }

    private Why judge(Memory memory, LossLaw law) {
        int end = law.blocks();
        double now = law.s1(end - 1);
        if (law.s1(0) < now / 4) {
            Halves whole = Halves.of(law);
            boolean explained = memory.causeUntil > now / 2 && memory.causeFrom <= now / 2 && whole.rows >= config.rows;
            if (explained && whole.stalled(config.explained)) {
                return hold(memory, whole, law, config.explained, Why.CAUSE);
            }
            double limit = config.unexplained * (whole.recent > UNLEARNED * memory.start ? 1 : STRICT);
            if (whole.rows >= config.unexplainedRows && whole.still(limit)) {
                return hold(memory, whole, law, limit, Why.ALONE);
            }
        }
        if (memory.shockS1 >= 0 && memory.landed.blocks() >= 2 * FEWEST) {
            Halves landed = Halves.of(memory.landed);
            boolean left = landed.recent > LEFT * memory.bestBeforeShock;
            if (left && landed.rows >= config.rows && landed.still(config.explained)) {
                return hold(memory, landed, memory.landed, config.explained, Why.LANDED);
            }
        }
        return Why.NONE;
    }

    private static Why hold(Memory memory, Halves halves, LossLaw law, double limit, Why why) {
        if (memory.why == Why.NONE) {
            memory.onset = law.firstStep(halves.half);
        }
        memory.before = halves.before;
        memory.recent = halves.recent;
        memory.limit = limit;
        return why;
    }

    /**
     * The loss over the last half of S1 beside that over the quarter before, and the two parts of the last half.
     *
     * @param rows rows since the course began
     * @param half first block of the last half
     * @param within fall from the first part of the last half to the second
     * @param error standard error of a fall, as a share
     */
    private record Halves(int rows, int half, double before, double recent, double within, double error) {
        static Halves of(LossLaw law) {
            int end = law.blocks();
            double from = law.origin();
            double length = law.s1(end - 1) - from;
            int quarter = first(law, end, from + length / 4);
            int half = first(law, end, from + length / 2);
            int last = first(law, end, from + 0.75 * length);
            if (half - quarter < FEWEST || last - half < FEWEST / 2 || end - last < FEWEST / 2) {
                return new Halves(0, half, 1, 1, 1, Double.POSITIVE_INFINITY);
            }
            double before = law.median(quarter, half);
            double recent = law.median(half, end);
            double error = MEDIAN
                    * law.noise(quarter, end)
                    * Math.sqrt(1.0 / (half - quarter) + 1.0 / (end - half))
                    / Math.abs(recent);
            double within = 1 - law.median(last, end) / law.median(half, last);
            return new Halves(end * law.capacity(), half, before, recent, within, error);
        }

        private static int first(LossLaw law, int end, double s1) {
            int block = 0;
            while (block < end - 1 && law.s1(block) <= s1) {
                block++;
            }
            return block;
        }

        /** Progress below the limit, or a slight rise: enough where the cause is known. */
        boolean stalled(double limit) {
            double progress = 1 - recent / before;
            return progress + error < limit
                    && progress > -RISE - error
                    && within < limit + 2 * error
                    && within > -RISE - 2 * error;
        }

        /** Surely neither falling nor rising by the limit. */
        boolean still(double limit) {
            return Math.abs(1 - recent / before) + 2 * error < limit && Math.abs(within) < limit + 2 * error;
        }
    }

    private Finding finding(Memory memory, Why why, double loss) {
        Sentence summary = switch (why) {
            case CAUSE ->
                Sentence.of(
                        "Loss has stopped falling at %.4g (%s %.2f %% over the last doubling of the summed rate) after %s",
                        memory.recent,
                        memory.recent > memory.before ? "up" : "down",
                        100 * Math.abs(1 - memory.recent / memory.before),
                        memory.cause);
            case ALONE ->
                Sentence.of(
                        "Loss stands still at %.4g (%s %.2f %% over the last doubling of the summed rate), and nothing else fires",
                        memory.recent,
                        memory.recent > memory.before ? "up" : "down",
                        100 * Math.abs(1 - memory.recent / memory.before));
            case LANDED ->
                Sentence.of(
                        "Loss stands still at %.4g since a shock; it had been at %.4g",
                        memory.recent, memory.bestBeforeShock);
            case STARVED ->
                Sentence.of(
                        "Nothing is learned any more at a loss of %.4g: updates are over %.0f times smaller than they were, at"
                                + " the same rate",
                        loss, STARVED);
            case NONE -> Sentence.NONE;
        };
        boolean starved = why == Why.STARVED;
        return new Finding(
                Signal.LOSS,
                Signal.LOSS.key(),
                Severity.WARNING,
                memory.onset,
                starved ? loss : memory.recent,
                starved ? loss : memory.before * (1 - memory.limit),
                "nat",
                null,
                summary);
    }
}
