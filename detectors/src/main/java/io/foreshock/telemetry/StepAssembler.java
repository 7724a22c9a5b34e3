package io.foreshock.telemetry;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the samples of one run together into rows, one a step, in the order of steps.
 *
 * <p><b>When a step is complete.</b> Each rank owes the metrics that it reported in both of the last two rows. A step
 * is judged as soon as every rank of the last row has paid what it owes, or has moved on to a later step. So a run
 * with one rank and one event a step is judged without delay, ranks may arrive in any order, metrics may come in
 * several events, and a sparse metric is never waited for. Before the first row nothing is known, so the first step
 * waits for the second. A rank that stays away is waited for during {@value #PATIENCE} steps, then no more; one that
 * joins, or comes back, is waited for as soon as it has reported a step that was judged without it.
 *
 * <p><b>What arrives late</b>, for a step already judged, makes a row of its own if its metrics were not part of that
 * step yet (an evaluation that took its time); else it is counted and dropped, as are repeats.
 *
 * <p><b>Resume.</b> A rank that reports a metric for an earlier step than before, with a later time stamp or a higher
 * attempt, was resumed: open steps are closed, the attempt rises, and the next row says {@link Row#resumed()}. Ranks
 * follow one by one; what an old attempt still sends is counted and dropped.
 *
 * <p>Memory: a few numbers per rank and metric name, bounded by {@link #MAX_NAMES} and {@link #MAX_TRACKS}.
 */
public final class StepAssembler implements State {
    /** Steps that are held at most while a rank is awaited. */
    public static final int PATIENCE = 8;

    /** Metric names one run may use; a log has tens, a log of every parameter tensor about a thousand. */
    public static final int MAX_NAMES = 2_000;

    /** Ranks times metric names that one run may use: about 16 MB. */
    public static final int MAX_TRACKS = 2_000_000;

    private final List<String> names = new ArrayList<>();
    private final List<@Nullable Signal> signals = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final TreeMap<Integer, Rank> ranks = new TreeMap<>();
    private final TreeMap<Long, List<StepSample>> open = new TreeMap<>();
    private long[] judgedStep = new long[0];
    private int attempt;
    private long resumedAt = StepSample.NONE;
    private boolean resumed;
    private long rows;
    private long lastStep = StepSample.NONE;
    private long heard = StepSample.NONE;
    private long repeats;
    private long late;

    // Scratch, not remembered.
    private final Row row = new Row();
    private int[] position = new int[0];
    private int[] contributions = new int[0];
    /** The sample that was looked at last, and the numbers of its metrics. */
    private @Nullable StepSample numbered;

    private int[] numbers = new int[0];

    /** Metrics dropped because the same rank had reported them for the same step already. */
    public long repeats() {
        return repeats;
    }

    /** Metrics dropped because their step was judged before they came, or because their attempt is over. */
    public long late() {
        return late;
    }

    /** Epoch milliseconds of the latest sample that waits for its step to be complete, or {@link StepSample#NONE}. */
    public long heard() {
        return open.isEmpty() ? StepSample.NONE : heard;
    }

    /** True if the sample, were it taken in now, would begin a new attempt. */
    public boolean resumes(StepSample sample) {
        Rank rank = ranks.get(sample.rank());
        if (rank == null) {
            return sample.attempt() > attempt;
        }
        int inferred = rank.inferred;
        if (sample.attempt() <= rank.announced && goesBack(rank, sample)) {
            inferred++;
        }
        return Math.max(rank.announced, sample.attempt()) + inferred > attempt && sample.attempt() >= rank.announced;
    }

    private boolean goesBack(Rank rank, StepSample sample) {
        boolean later = sample.ts() == StepSample.NONE || rank.lastTs == StepSample.NONE || sample.ts() > rank.lastTs;
        for (int i = 0; i < sample.count() && later; i++) {
            int id = known(sample, i);
            if (id >= 0 && rank.stepOf(id) > sample.step()) {
                return true;
            }
        }
        return false;
    }

    /** How often the run was resumed. */
    public int attempt() {
        return attempt;
    }

    /**
     * Takes in a sample and hands out the rows that are complete now, oldest first.
     *
     * @param rejects gets the sample's surplus where it exceeds the limits on names and ranks
     */
    public void add(StepSample sample, Consumer<Row> out, Consumer<Rejected> rejects) {
        Rank rank = ranks.get(sample.rank());
        if (rank == null) {
            if ((long) (ranks.size() + 1) * Math.max(1, names.size()) > MAX_TRACKS) {
                rejects.accept(surplus(
                        sample,
                        "rank " + sample.rank() + " is one too many: the run already has " + ranks.size()
                                + " ranks with " + names.size() + " metric names"));
                return;
            }
            rank = new Rank(sample.attempt(), attempt - Math.min(attempt, sample.attempt()));
            ranks.put(sample.rank(), rank);
        }
        StepSample known = register(sample, rejects);
        if (!attend(rank, known, out)) {
            late += known.count();
            return;
        }
        StepSample fresh = fresh(rank, known);
        rank.lastTs = Math.max(rank.lastTs, sample.ts());
        if (fresh.count() == 0) {
            return;
        }
        if (fresh.step() <= lastStep) {
            supplement(rank, fresh, out);
            return;
        }
        if (fresh.step() > rank.newest) {
            rank.newest = fresh.step();
            rank.paid = 0;
        }
        if (fresh.step() == rank.newest) {
            for (int i = 0; i < fresh.count(); i++) {
                if (rank.owes(id(fresh, i), rows)) {
                    rank.paid++;
                }
            }
        }
        heard = open.isEmpty() ? fresh.ts() : Math.max(heard, fresh.ts());
        open.computeIfAbsent(fresh.step(), s -> new ArrayList<>(2)).add(fresh);
        while (!open.isEmpty() && (open.size() > PATIENCE || complete(open.firstKey()))) {
            close(out);
        }
    }

    /** Closes every open step: the run ended, was resumed, or fell silent. */
    public void flush(Consumer<Row> out) {
        while (!open.isEmpty()) {
            close(out);
        }
    }

    /** The sample without the metrics whose names exceed the run's limit. */
    private StepSample register(StepSample sample, Consumer<Rejected> rejects) {
        int surplus = 0;
        for (int i = 0; i < sample.count(); i++) {
            if (known(sample, i) < 0) {
                if (names.size() >= MAX_NAMES || (long) ranks.size() * (names.size() + 1) > MAX_TRACKS) {
                    surplus++;
                } else {
                    numbers[i] = learn(sample.name(i));
                }
            }
        }
        if (judgedStep.length < names.size()) {
            judgedStep = grown(judgedStep, names.size());
        }
        if (surplus == 0) {
            return sample;
        }
        StepSample known = select(sample, i -> known(sample, i) >= 0);
        StepSample unknown = select(sample, i -> known(sample, i) < 0);
        rejects.accept(surplus(
                sample,
                surplus + " metric(s) too many, the first is '" + unknown.name(0)
                        + "': the run already has " + names.size()
                        + " metric names. Log fewer names, or put layers and heads"
                        + " into arrays"));
        return known;
    }

    private static Rejected surplus(StepSample sample, String detail) {
        return new Rejected(
                Rejected.Reason.TOO_MANY_SERIES,
                detail,
                sample.run(),
                sample.partition(),
                sample.offset(),
                new byte[0]);
    }

    /** Follows the rank into a new attempt; false if the sample belongs to an attempt that is over. */
    private boolean attend(Rank rank, StepSample sample, Consumer<Row> out) {
        if (sample.attempt() < rank.announced) {
            return false;
        }
        boolean back = goesBack(rank, sample);
        if (sample.attempt() > rank.announced) {
            rank.announced = sample.attempt();
            rank.forget();
        } else if (back) {
            rank.inferred++;
            rank.forget();
        } else if (rank.attempt() < attempt && sample.ts() != StepSample.NONE && sample.ts() >= resumedAt) {
            // It missed the steps that would have shown it going back.
            rank.inferred += attempt - rank.attempt();
            rank.forget();
        }
        if (rank.attempt() > attempt) {
            flush(out);
            attempt = rank.attempt();
            resumedAt = sample.ts();
            resumed = true;
            lastStep = StepSample.NONE;
            Arrays.fill(judgedStep, StepSample.NONE);
            rows = 0;
            ranks.values().forEach(Rank::forgetRows);
        }
        return rank.attempt() == attempt;
    }

    private StepSample fresh(Rank rank, StepSample sample) {
        rank.grow(names.size());
        int old = 0;
        for (int i = 0; i < sample.count(); i++) {
            if (rank.stepOf[id(sample, i)] >= sample.step()) {
                old++;
            }
        }
        repeats += old;
        StepSample fresh = old == 0 ? sample : select(sample, i -> rank.stepOf[id(sample, i)] < sample.step());
        for (int i = 0; i < fresh.count(); i++) {
            rank.stepOf[id(fresh, i)] = fresh.step();
        }
        return fresh;
    }

    private void supplement(Rank rank, StepSample sample, Consumer<Row> out) {
        StepSample missing = select(sample, i -> judgedStep[id(sample, i)] < sample.step());
        int judged = sample.count() - missing.count();
        late += judged;
        if (judged > 0 && rank.lastRow != rows - 1) {
            // A new rank, or one that was given up, whose step nobody waited for: from now on it is.
            rank.join(sample, this);
        }
        if (missing.count() > 0) {
            fill(missing.step(), List.of(missing));
            out.accept(row);
        }
    }

    private boolean complete(long step) {
        for (Rank rank : ranks.values()) {
            boolean expected = rank.attempt() == attempt && (rows == 0 || rank.lastRow == rows - 1);
            boolean done = rank.newest > step || (rank.newest == step && rows > 0 && rank.paid >= rank.owed);
            if (expected && !done) {
                return false;
            }
        }
        return true;
    }

    private void close(Consumer<Row> out) {
        Map.Entry<Long, List<StepSample>> oldest = open.pollFirstEntry();
        List<StepSample> samples = oldest.getValue();
        if (samples.size() > 1) {
            samples.sort(Comparator.comparingInt(StepSample::rank));
        }
        for (StepSample sample : samples) {
            Rank rank = ranks.get(sample.rank());
            if (rank != null) {
                rank.credit(sample, this);
            }
        }
        fill(oldest.getKey(), samples);
        lastStep = oldest.getKey();
        rows++;
        // What the still open steps have paid of the new debt.
        for (List<StepSample> pending : open.values()) {
            for (StepSample sample : pending) {
                Rank rank = ranks.get(sample.rank());
                if (rank != null && rank.newest == sample.step()) {
                    rank.paid = 0;
                }
            }
        }
        for (List<StepSample> pending : open.values()) {
            for (StepSample sample : pending) {
                Rank rank = ranks.get(sample.rank());
                for (int i = 0; rank != null && rank.newest == sample.step() && i < sample.count(); i++) {
                    if (rank.owes(id(sample, i), rows)) {
                        rank.paid++;
                    }
                }
            }
        }
        out.accept(row);
    }

    private void fill(long step, List<StepSample> samples) {
        if (position.length < names.size()) {
            position = new int[names.size()];
            contributions = new int[names.size()];
        }
        long ts = StepSample.NONE;
        int reporting = 0;
        int before = -1;
        for (StepSample sample : samples) {
            ts = Math.max(ts, sample.ts());
            reporting += sample.rank() == before ? 0 : 1;
            before = sample.rank();
        }
        row.begin(samples.get(0).run(), attempt, step, ts, resumed, reporting);
        resumed = false;
        if (samples.size() == 1) {
            copy(samples.get(0));
            return;
        }
        Arrays.fill(position, -1);
        for (StepSample sample : samples) {
            merge(sample);
            for (int i = 0; i < sample.count(); i++) {
                Signal signal = signals.get(id(sample, i));
                if (signal != null && signal.shape() == Signal.Shape.SCALAR) {
                    row.addRank(signal, sample.rank(), sample.value(i, 0));
                }
            }
        }
        for (int metric = 0; metric < row.count(); metric++) {
            int ranksOfIt = contributions[Objects.requireNonNull(ids.get(row.name(metric)))];
            boolean mean = !row.name(metric).endsWith("_max") && row.signal(metric) != Signal.EVENTS_DROPPED;
            if (ranksOfIt > 1 && mean) {
                row.scale(metric, 1.0 / ranksOfIt);
            }
        }
    }

    private void copy(StepSample sample) {
        for (int i = 0; i < sample.count(); i++) {
            int id = id(sample, i);
            int offset = row.add(sample.name(i), signals.get(id), sample.layers(i), sample.heads(i));
            for (int k = 0; k < sample.size(i); k++) {
                row.put(offset + k, sample.value(i, k));
            }
            judgedStep[id] = Math.max(judgedStep[id], sample.step());
        }
    }

    private void merge(StepSample sample) {
        for (int i = 0; i < sample.count(); i++) {
            int id = id(sample, i);
            judgedStep[id] = Math.max(judgedStep[id], sample.step());
            if (position[id] < 0) {
                position[id] = row.add(sample.name(i), signals.get(id), sample.layers(i), sample.heads(i));
                contributions[id] = 1;
                for (int k = 0; k < sample.size(i); k++) {
                    row.put(position[id] + k, sample.value(i, k));
                }
            } else if (row.sizeAt(position[id]) == sample.size(i)) {
                boolean maximum = sample.name(i).endsWith("_max");
                contributions[id]++;
                for (int k = 0; k < sample.size(i); k++) {
                    double held = row.at(position[id] + k);
                    double value = sample.value(i, k);
                    int before = maximum ? 1 : contributions[id] - 1;
                    if (StepSample.isAbsent(held) && StepSample.isAbsent(value)) {
                        continue;
                    }
                    // A number that one rank lacks counts as the mean of the others.
                    held = StepSample.isAbsent(held) ? value * before : held;
                    value = StepSample.isAbsent(value) ? held / before : value;
                    row.put(position[id] + k, maximum ? Math.max(held, value) : held + value);
                }
            }
        }
    }

    private int learn(String name) {
        int id = names.size();
        ids.put(name, id);
        names.add(name);
        signals.add(Signal.of(name));
        return id;
    }

    /** The number of a sample's metric, or -1 if its name is new. */
    // The very same sample: to compare its values would take longer than to look its names up.
    @SuppressWarnings("ReferenceEquality")
    private int known(StepSample sample, int metric) {
        if (sample != numbered) {
            number(sample);
        }
        return numbers[metric];
    }

    /**
     * Looks up the numbers of a sample's metrics, once for all that is asked of it. The samples of a run name mostly the
     * same metrics in the same order, so a name is looked up only where another stood at its place in the sample before.
     */
    private void number(StepSample sample) {
        if (numbers.length < sample.count()) {
            numbers = Arrays.copyOf(numbers, Math.max(sample.count(), 2 * numbers.length));
        }
        for (int i = 0; i < sample.count(); i++) {
            int before = numbers[i];
            String name = sample.name(i);
            if (before < 0 || before >= names.size() || !names.get(before).equals(name)) {
                numbers[i] = ids.getOrDefault(name, -1);
            }
        }
        numbered = sample;
    }

    private int id(StepSample sample, int metric) {
        int id = known(sample, metric);
        if (id < 0) {
            throw new IllegalStateException("metric " + sample.name(metric) + " was not registered");
        }
        return id;
    }

    private interface Choice {
        boolean takes(int metric);
    }

    private static StepSample select(StepSample sample, Choice choice) {
        StepSample.Builder chosen = StepSample.builder(sample.run(), sample.step())
                .attempt(sample.attempt())
                .rank(sample.rank())
                .ts(sample.ts());
        for (int i = 0; i < sample.count(); i++) {
            if (choice.takes(i)) {
                chosen.copy(sample, i);
            }
        }
        return chosen.build();
    }

    private static long[] grown(long[] steps, int size) {
        long[] larger = Arrays.copyOf(steps, Math.max(size, 2 * steps.length));
        Arrays.fill(larger, steps.length, larger.length, StepSample.NONE);
        return larger;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        String[] known = archive.words(names.toArray(new String[0]));
        if (archive.reads()) {
            for (String name : known) {
                learn(name);
            }
        }
        int[] numbers = archive.counts(
                ranks.keySet().stream().mapToInt(Integer::intValue).toArray());
        for (int number : numbers) {
            ranks.computeIfAbsent(number, n -> new Rank(0, 0)).persist(archive);
        }
        long[] steps =
                archive.wholes(open.keySet().stream().mapToLong(Long::longValue).toArray());
        for (long step : steps) {
            List<StepSample> samples = open.computeIfAbsent(step, s -> new ArrayList<>(2));
            int pending = archive.count(samples.size());
            for (int i = 0; i < pending; i++) {
                if (archive.reads()) {
                    samples.add(StepSample.read(archive));
                } else {
                    samples.get(i).write(archive);
                }
            }
        }
        judgedStep = archive.wholes(judgedStep);
        attempt = archive.count(attempt);
        resumedAt = archive.whole(resumedAt);
        resumed = archive.flag(resumed);
        rows = archive.whole(rows);
        lastStep = archive.whole(lastStep);
        heard = archive.whole(heard);
        repeats = archive.whole(repeats);
        late = archive.whole(late);
    }

    /** What is known of one rank. */
    private static final class Rank implements State {
        private int announced;
        private int inferred;
        private long newest = StepSample.NONE;
        private long lastTs = StepSample.NONE;
        private int paid;
        private int owed;
        private long lastRow = StepSample.NONE;
        /** By metric: the last step it was reported for, and the last two rows it was part of. */
        private long[] stepOf = new long[0];

        private long[] rowOf = new long[0];
        private long[] rowBefore = new long[0];

        Rank(int announced, int inferred) {
            this.announced = announced;
            this.inferred = inferred;
        }

        int attempt() {
            return announced + inferred;
        }

        long stepOf(int metric) {
            return metric < stepOf.length ? stepOf[metric] : StepSample.NONE;
        }

        void grow(int metrics) {
            if (stepOf.length < metrics) {
                stepOf = grown(stepOf, metrics);
                rowOf = grown(rowOf, metrics);
                rowBefore = grown(rowBefore, metrics);
            }
        }

        void forget() {
            Arrays.fill(stepOf, StepSample.NONE);
            newest = StepSample.NONE;
            paid = 0;
        }

        void forgetRows() {
            Arrays.fill(rowOf, StepSample.NONE);
            Arrays.fill(rowBefore, StepSample.NONE);
            lastRow = StepSample.NONE;
            owed = 0;
        }

        /** True if the metric was in both of the last two rows, or in the only one. */
        boolean owes(int metric, long rows) {
            return metric < rowOf.length
                    && rows > 0
                    && rowOf[metric] == rows - 1
                    && (rows == 1 || rowBefore[metric] == rows - 2);
        }

        /** Notes that the sample is part of the row that closes now, and counts what the next one owes. */
        void credit(StepSample sample, StepAssembler run) {
            if (lastRow != run.rows) {
                lastRow = run.rows;
                owed = 0;
            }
            for (int i = 0; i < sample.count(); i++) {
                int id = run.id(sample, i);
                rowBefore[id] = rowOf[id];
                rowOf[id] = run.rows;
                if (owes(id, run.rows + 1)) {
                    owed++;
                }
            }
        }

        /** Expects the sample's metrics in the next row, as if they had been part of the last two. */
        void join(StepSample sample, StepAssembler run) {
            lastRow = run.rows - 1;
            owed = 0;
            for (int i = 0; i < sample.count(); i++) {
                int id = run.id(sample, i);
                rowBefore[id] = run.rows - 2;
                rowOf[id] = run.rows - 1;
                owed++;
            }
        }

        @Override
        public void persist(Archive archive) throws IOException {
            announced = archive.count(announced);
            inferred = archive.count(inferred);
            newest = archive.whole(newest);
            lastTs = archive.whole(lastTs);
            paid = archive.count(paid);
            owed = archive.count(owed);
            lastRow = archive.whole(lastRow);
            stepOf = archive.wholes(stepOf);
            rowOf = archive.wholes(rowOf);
            rowBefore = archive.wholes(rowBefore);
        }
    }
}
