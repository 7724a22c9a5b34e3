package io.foreshock.detect.nonfinite;

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
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A metric is NaN or infinite where that means harm; the package says where it does not. */
public final class NonFinite implements Detector<NonFinite.Memory> {
    public static final Signature SIGNATURE = Signature.named("non_finite", "A metric is NaN or infinite")
            .helpedBy(Signal.LOSS, Signal.GRAD_NORM, Signal.LOSS_SCALE, Signal.SKIPPED_STEP)
            .calmAfter(10)
            .advice(
                    "Stop: weights that took a NaN do not recover; resume from the last checkpoint before the onset",
                    "Look for the first metric and layer that left the numbers: an overflow in half precision, a log or"
                            + " division of 0, a bad batch",
                    "Skip steps with a gradient that is not finite; compute the overflowing part in bfloat16 or float32")
            .detectedBy(Config.DEFAULT, NonFinite::new);

    /** A row without evidence takes back this share of the evidence of one with it. */
    private static final double LEAK = 0.25;

    /** Evidence does not grow beyond this, so that what has healed is soon trusted again. */
    private static final double MEMORY = 32;

    private final Config config;

    public NonFinite(Config config) {
        this.config = config;
    }

    /**
     * All counts are of rows that carry the metric, in a row; a finite one in between takes back a quarter.
     *
     * @param gradientRows infinite or NaN gradients until a finding, {@code >= 1}
     * @param skippedRows the same where each such step was skipped, {@code >= gradientRows}
     * @param frozenRows the same where the loss stands still meanwhile, {@code >= 1}
     * @param otherRows rows until a finding for rewards, KL, entropies, log-probabilities and evaluations,
     *     {@code >= 1}
     * @param monitorRows rows until a finding for what is only watched (attention, activations, logits) while the loss is
     *     finite, {@code >= 1}
     */
    public record Config(int gradientRows, int skippedRows, int frozenRows, int otherRows, int monitorRows) {
        public static final Config DEFAULT = new Config(4, 8, 2, 3, 16);

        public Config {
            Setting.check(gradientRows >= 1, "non_finite", "gradientRows", ">= 1 row", gradientRows);
            Setting.check(
                    skippedRows >= gradientRows && skippedRows <= MEMORY,
                    "non_finite",
                    "skippedRows",
                    "gradientRows (" + gradientRows + ") to 32 rows",
                    skippedRows);
            Setting.check(frozenRows >= 1, "non_finite", "frozenRows", ">= 1 row", frozenRows);
            Setting.check(otherRows >= 1, "non_finite", "otherRows", ">= 1 row", otherRows);
            Setting.check(
                    monitorRows >= 1 && monitorRows <= MEMORY,
                    "non_finite",
                    "monitorRows",
                    "1 to 32 rows",
                    monitorRows);
        }
    }

    /** What a non-finite number means depends on what it is a number of. Gravest first. */
    private enum Kind {
        /** Harm at once. */
        LOSS,
        /** The weights or the optimizer are poisoned: harm at once. */
        WEIGHTS,
        /** Normal now and then in mixed precision. */
        GRADIENT,
        /** The forward pass: would show in the loss of the same row, so else it is the measuring that fails. */
        MONITOR,
        /** Rewards, KL, entropies, log-probabilities, evaluations, losses outside the catalogue. */
        OTHER,
        /** Anything else: noted at most. */
        NOTE,
        /** Timings, counters: says nothing of training. */
        NOTHING
    }

    /** What is known of every metric of one run. */
    public static final class Memory implements State {
        private final TreeMap<String, Track> tracks = new TreeMap<>();
        private double lastLoss = Double.NaN;
        private int frozen;
        private boolean bad;
        /** Rows of the run, and whether any metric was last seen without a number, without being told yet. */
        private long rows;

        private boolean waiting;

        /** The tracks of the last row's metrics, to spare the look-up; not remembered. */
        private Track[] layout = {};

        private Track track(int metric, String name) {
            if (metric >= layout.length) {
                Track[] larger = new Track[Math.max(metric + 1, 2 * layout.length)];
                System.arraycopy(layout, 0, larger, 0, layout.length);
                layout = larger;
            }
            Track track = layout[metric];
            if (track == null || !track.name.equals(name)) {
                track = tracks.computeIfAbsent(name, Track::new);
                layout[metric] = track;
            }
            return track;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            int count = archive.count(tracks.size());
            Map<String, Track> read = new HashMap<>();
            if (archive.reads()) {
                for (int i = 0; i < count; i++) {
                    Track track = new Track(archive.word(""));
                    track.persist(archive);
                    read.put(track.name, track);
                }
                tracks.clear();
                tracks.putAll(read);
                layout = new Track[0];
            } else {
                for (Track track : tracks.values()) {
                    archive.word(track.name);
                    track.persist(archive);
                }
            }
            lastLoss = archive.real(lastLoss);
            frozen = archive.count(frozen);
            bad = archive.flag(bad);
            rows = archive.whole(rows);
            waiting = archive.flag(waiting);
        }
    }

    /** One metric. */
    private static final class Track implements State {
        private final String name;
        private final Kind kind;
        private final @Nullable Signal signal;
        /** Rows that carried it, the first and the last of them. */
        private long rows;

        private long first = -1;
        private long last;
        /** Fewest non-finite numbers it ever had in a row: padding has them always. */
        private int usual = Integer.MAX_VALUE;
        /** Non-finite rows of late, see {@link #LEAK}. */
        private double evidence;
        /** Since when. */
        private long onset;
        /** How many numbers are non-finite, what the first is, and where. */
        private int count;

        private double value;
        private String series = "";
        /** Null while it is healthy or waited for. */
        private @Nullable Severity severity;

        Track(String name) {
            this.name = name;
            this.kind = kind(name);
            this.signal = Signal.of(name);
            this.series = name;
        }

        /** Was in nearly every row from its first to its last, so that its absence is one. */
        boolean steady() {
            return rows >= 0.9 * (last - first + 1);
        }

        boolean everFinite() {
            return usual < Integer.MAX_VALUE;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            rows = archive.whole(rows);
            first = archive.whole(first);
            last = archive.whole(last);
            usual = archive.count(usual);
            evidence = archive.real(evidence);
            onset = archive.whole(onset);
            count = archive.count(count);
            value = archive.real(value);
            series = archive.word(series);
            boolean fires = archive.flag(severity != null);
            severity = fires ? archive.constant(severity == null ? Severity.INFO : severity, Severity.values()) : null;
        }
    }

    private static Kind kind(String name) {
        Signal signal = Signal.of(name);
        if (signal == null) {
            boolean evaluation = name.startsWith("eval_loss/");
            boolean held = name.startsWith("eval") || name.startsWith("val") || name.startsWith("test");
            return evaluation || (!held && name.toLowerCase(Locale.ROOT).contains("loss")) ? Kind.OTHER : Kind.NOTE;
        }
        return switch (signal) {
            case LOSS -> Kind.LOSS;
            case PARAM_NORM, UPDATE_RATIO, ADAM_SECOND_MOMENT_RMS -> Kind.WEIGHTS;
            case GRAD_NORM, GRAD_NORM_LAYER, GRAD_NORM_GLOBAL, GRAD_RMS_LAYER -> Kind.GRADIENT;
            case ATTENTION_LOGIT_MAX,
                    ATTENTION_ENTROPY,
                    ACTIVATION_RMS,
                    OUTPUT_LOGIT_MEAN,
                    OUTPUT_LOGIT_MAX,
                    LOG_Z,
                    Z_LOSS -> Kind.MONITOR;
            case EVAL_LOSS,
                    LR,
                    REWARD_MEAN,
                    REWARD_STD,
                    KL,
                    ENTROPY,
                    GOLD_REWARD_MEAN,
                    LOGPS_CHOSEN,
                    LOGPS_REJECTED,
                    REWARDS_CHOSEN,
                    REWARDS_REJECTED,
                    REWARDS_MARGIN -> Kind.OTHER;
            case STEP_TIME, BATCH_SIZE, LOSS_SCALE, SKIPPED_STEP -> Kind.NOTHING;
            default -> Kind.NOTE;
        };
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        if (row.resumed()) {
            // The checkpoint is older than the trouble.
            memory.waiting = false;
            for (Track track : memory.tracks.values()) {
                track.count = 0;
                track.evidence = 0;
                track.severity = null;
            }
            memory.bad = false;
            memory.frozen = 0;
        }
        boolean finite = true;
        for (int i = 0; i < row.count(); i++) {
            finite &= count(row, i) == 0;
        }
        if (!finite && padding(memory, row)) {
            out.suspect();
            report(memory, out);
            return;
        }
        if (row.has(Signal.LOSS)) {
            double loss = row.value(Signal.LOSS);
            memory.frozen = loss == 0 || loss == memory.lastLoss ? memory.frozen + 1 : 0;
            memory.lastLoss = loss;
        }
        memory.rows++;
        boolean suspect = false;
        boolean waiting = false;
        for (int i = 0; i < row.count(); i++) {
            Track track = memory.track(i, row.name(i));
            track.rows++;
            track.first = track.first < 0 ? memory.rows : track.first;
            track.last = memory.rows;
            int count = count(row, i);
            boolean counts = count > 0 && track.kind != Kind.NOTHING;
            if (counts || track.evidence > 0 || track.severity != null) {
                weigh(memory, track, row, i, count);
                suspect |= track.evidence > 0 && track.everFinite();
                waiting |= track.count > 0 && track.severity == null;
            }
            if (count < row.size(i)) {
                track.usual = Math.min(track.usual, count);
            }
        }
        if (memory.waiting) {
            for (Track track : memory.tracks.values()) {
                if (track.last < memory.rows && track.count > 0 && track.severity == null && track.steady()) {
                    // Its last word was no number, and now it is silent where it never was.
                    track.evidence = Math.min(track.evidence + 1, MEMORY);
                    track.severity = severity(memory, track, row);
                    memory.bad |= track.severity != null;
                    waiting |= track.severity == null;
                    suspect = true;
                }
            }
        }
        memory.waiting = waiting;
        if (suspect) {
            out.suspect();
        }
        report(memory, out);
    }

    /** A gradient or an evaluation that is a number beside a loss that is none: the loss was not measured in this row. */
    private static boolean contradicted(Row row) {
        return Double.isFinite(row.value(Signal.GRAD_NORM))
                || Double.isFinite(row.value(Signal.EVAL_LOSS))
                || Double.isFinite(row.value(Signal.EVAL_ACC));
    }

    private static int count(Row row, int metric) {
        int count = 0;
        int size = row.size(metric);
        for (int k = 0; k < size; k++) {
            double value = row.value(metric, k);
            if (!Double.isFinite(value) && !StepSample.isAbsent(value)) {
                count++;
            }
        }
        return count;
    }

    /** Nothing in the row is a number, not even what has nothing to do with training and used to be one: no step was measured. */
    private static boolean padding(Memory memory, Row row) {
        boolean foreign = false;
        for (int i = 0; i < row.count(); i++) {
            if (count(row, i) < row.size(i)) {
                return false;
            }
            Track track = memory.track(i, row.name(i));
            foreign |= track.everFinite() && (track.kind == Kind.NOTE || track.kind == Kind.NOTHING);
        }
        return foreign;
    }

    private void weigh(Memory memory, Track track, Row row, int metric, int count) {
        boolean always = track.kind != Kind.LOSS && count <= (track.everFinite() ? track.usual : 0);
        if (count == 0 || always) {
            // What was never a number before (a loss scale that is still looking for its size) starts afresh.
            boolean lasting = track.everFinite() && track.kind != Kind.LOSS;
            track.evidence = lasting ? Math.max(0, track.evidence - LEAK) : 0;
            track.severity = null;
            track.count = 0;
            return;
        }
        if (track.evidence == 0) {
            track.onset = row.step();
        }
        track.evidence = Math.min(track.evidence + 1, MEMORY);
        Severity severity = severity(memory, track, row);
        if (track.severity == null) {
            for (int k = 0; k < row.size(metric); k++) {
                if (!Double.isFinite(row.value(metric, k)) && !StepSample.isAbsent(row.value(metric, k))) {
                    track.value = row.value(metric, k);
                    track.series = row.series(metric, k);
                    break;
                }
            }
        }
        track.count = count;
        track.severity = severity == null ? track.severity : severity;
        memory.bad |= severity != null;
    }

    private @Nullable Severity severity(Memory memory, Track track, Row row) {
        boolean skipped = row.value(Signal.SKIPPED_STEP) > 0;
        boolean lossFinite = Double.isFinite(row.value(Signal.LOSS));
        double evidence = track.evidence;
        boolean frozen = memory.frozen >= config.frozenRows && evidence >= config.frozenRows;
        boolean known = track.everFinite();
        return switch (track.kind) {
            case LOSS -> {
                if (evidence <= 1 && contradicted(row)) {
                    yield null;
                }
                yield skipped && evidence <= 1 ? Severity.WARNING : Severity.CRITICAL;
            }
            case WEIGHTS -> known && (!skipped || evidence >= config.skippedRows) ? Severity.CRITICAL : null;
            case GRADIENT -> {
                if (frozen) {
                    yield Severity.CRITICAL;
                }
                yield known && evidence >= (skipped ? config.skippedRows : config.gradientRows)
                        ? skipped ? Severity.WARNING : Severity.CRITICAL
                        : null;
            }
            case MONITOR ->
                known && evidence >= (lossFinite ? config.monitorRows : config.otherRows) ? Severity.WARNING : null;
            case OTHER -> known && evidence >= config.otherRows ? Severity.WARNING : null;
            case NOTE -> known && evidence >= config.monitorRows ? Severity.INFO : null;
            case NOTHING -> null;
        };
    }

    /** Names the gravest metric, of equals the first; it stays until the metric is a number again, even if it is silent. */
    private static void report(Memory memory, Findings out) {
        if (!memory.bad) {
            return;
        }
        Track worst = null;
        Severity severity = Severity.INFO;
        int count = 0;
        for (Track track : memory.tracks.values()) {
            if (track.severity != null) {
                count += track.count;
                if (worst == null || graver(track, track.severity, worst, severity)) {
                    worst = track;
                    severity = track.severity;
                }
            }
        }
        memory.bad = worst != null;
        if (worst != null) {
            Sentence others = count == worst.count
                    ? Sentence.NONE
                    : Sentence.of(", and %,d other series are not finite", count - worst.count);
            String place = worst.count > 1 ? " and " + (worst.count - 1) + " more of " + worst.name : "";
            out.add(new Finding(
                    worst.signal,
                    worst.series,
                    count,
                    severity,
                    worst.onset,
                    worst.value,
                    0,
                    "1",
                    null,
                    Sentence.of("%s is %s since step %,d%s%s", worst.series, worst.value, worst.onset, place, others)));
        }
    }

    private static boolean graver(Track one, Severity oneSeverity, Track other, Severity otherSeverity) {
        if (oneSeverity != otherSeverity) {
            return oneSeverity.compareTo(otherSeverity) > 0;
        }
        if (one.onset != other.onset) {
            return one.onset < other.onset;
        }
        return one.kind.compareTo(other.kind) < 0;
    }
}
