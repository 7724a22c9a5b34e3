package io.foreshock.detect.forgetting;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.CurveNoise;
import io.foreshock.statistics.RunningMean;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A metric of an earlier task falls from its best by more than its noise: method and limits are with the package. */
public final class Forgetting implements Detector<Forgetting.Memory> {
    public static final Signature SIGNATURE = Signature.named("forgetting", "An earlier task is forgotten")
            .needsOther("an evaluation of a task, such as eval_loss/<task> or eval/<task>/acc")
            .calmAfter(12)
            .reference("arXiv:2408.14471")
            .advice(
                    "Mix data of the earlier task back in: a share of 5 to 50 % costs little and keeps it",
                    "Return to a checkpoint before the onset; lower the rate, train fewer weights (LoRA)",
                    "Average the weights with those from before the new task")
            .detectedBy(Config.DEFAULT, Forgetting::new);

    /** Tasks that are followed, at most; those that come later are not. */
    private static final int TASKS = 64;

    /** Names whose meaning is kept, at most. */
    private static final int NAMES = 1024;

    /** One evaluation alone must show this many times what two in a row must. */
    private static final double ALONE = 1.5;

    /** Under this share of the first value a loss is solved: what moves there does not matter. */
    private static final double FLOOR = 0.02;

    /** Rows of the training loss's level. */
    private static final double LEVEL = 8;

    /** Losses of two tasks in the same unit differ by less than this, as a factor. */
    private static final double ALIKE = 4;

    private final Config config;

    public Forgetting(Config config) {
        this.config = config;
    }

    /**
     * @param size change for the worse from the best, in the mean of two evaluations, that matters, as a share of the best,
     *     {@code > 0}; one evaluation alone must show half as much again
     * @param certainty the same as a multiple of what the noise of the evaluations is expected to reach by accident in as
     *     many, {@code > 0}
     */
    public record Config(double size, double certainty) {
        public static final Config DEFAULT = new Config(0.12, 1);

        public Config {
            Setting.check(size > 0, "forgetting", "size", "> 0", size);
            Setting.check(certainty > 0, "forgetting", "certainty", "> 0", certainty);
        }
    }

    /** One metric of one task. */
    private static final class Task implements State {
        private String name = "";
        private TaskMetric metric = TaskMetric.UNSAID;
        private final CurveNoise noise = new CurveNoise();
        private final Course rise = new Course();
        private final Course fall = new Course();
        private double first;

        /** The training loss beside the first evaluation, NaN where there is none. */
        private double beside = Double.NaN;

        private double lowest = Double.POSITIVE_INFINITY;
        private double highest = Double.NEGATIVE_INFINITY;

        /** Which way it first moved for sure: 1 up, -1 down, 0 not yet. */
        private int moved;

        void add(double value, long step, double train) {
            if (noise.count() == 0) {
                first = value;
                beside = train;
            }
            noise.add(value);
            lowest = Math.min(lowest, value);
            highest = Math.max(highest, value);
            rise.add(value, step, span());
            fall.add(-value, step, span());
        }

        /** Evaluations that stand for now: where there are many, none needs to be trusted alone. */
        private long span() {
            return Math.max(2, Math.min(12, noise.count() / 8));
        }

        /** True if a fall is for the worse, false if a rise is. */
        boolean higherIsBetter() {
            if (metric != TaskMetric.UNSAID) {
                return metric == TaskMetric.HIGHER_IS_BETTER;
            }
            return isShare() || (!isLikeTheLoss() && moved > 0);
        }

        /** A task is learned before it is forgotten: where nothing else tells, how it first moved was for the better. */
        private boolean undecided() {
            return metric == TaskMetric.UNSAID && !isShare() && !isLikeTheLoss() && moved == 0;
        }

        /** Never outside 0..1, where the training loss was not in there itself. */
        private boolean isShare() {
            return lowest >= 0 && highest <= 1 && !(beside <= 1);
        }

        /** A loss of another task is of the size of the training loss. */
        private boolean isLikeTheLoss() {
            return highest > 1 && first < ALIKE * beside && first > beside / ALIKE;
        }

        /**
         * False for a loss that began where the training loss began, which has fallen since while this one has not: what
         * was never learned is not forgotten, and a model grows surer of the wrong answers to it.
         */
        private boolean learned(double size, double trained) {
            boolean together = Math.abs(first - beside) < size * beside;
            return !together || rise.best < (1 - size) * first || !(trained < (1 - size) * beside);
        }

        /**
         * Change for the worse that it shows, 0 if none.
         *
         * @param trained level of the training loss, NaN where there is none
         */
        double lost(Config config, long looks, double trained) {
            if (!learned(config.size, trained)) {
                return 0;
            }
            if (undecided()) {
                // The first move tells the direction, and is none for the worse.
                moved = lost(rise, false, config, looks) > 0 ? 1 : lost(fall, false, config, looks) > 0 ? -1 : 0;
                return 0;
            }
            return lost(course(), higherIsBetter(), config, looks);
        }

        /** Of the last few evaluations or, if that is much, of the last. */
        private double lost(Course course, boolean score, Config config, long looks) {
            double matters = config.size * Math.max(Math.abs(course.best), FLOOR * Math.abs(first));
            double certain = config.certainty * CurveNoise.largestOf(looks) * noise.deviation();
            double few = course.since >= 2 ? course.mean - course.best : 0;
            if (few > matters && few > certain * (1 + 1 / Math.sqrt((double) Math.min(course.since, span())))) {
                return few;
            }
            // A loss is the mean over many tokens; a score counts few answers, and one of it is no evidence.
            double one = score ? 0 : course.now - course.best;
            return one > ALONE * matters && one > 2 * certain ? one : 0;
        }

        /** The course for the worse: rising for a loss, falling for a score. */
        Course course() {
            return higherIsBetter() ? fall : rise;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            name = archive.word(name);
            metric = TaskMetric.values()[archive.count(metric.ordinal())];
            noise.persist(archive);
            rise.persist(archive);
            fall.persist(archive);
            first = archive.real(first);
            beside = archive.real(beside);
            lowest = archive.real(lowest);
            highest = archive.real(highest);
            moved = (int) archive.whole(moved);
        }
    }

    /** The evaluations since the best, of values turned so that lower is better. */
    private static final class Course implements State {
        private double mean;
        private double now;
        private double best = Double.POSITIVE_INFINITY;
        private long bestStep;
        private long onset;
        private int since;

        void add(double value, long step, long span) {
            now = value;
            if (value < best) {
                best = value;
                bestStep = step;
                since = 0;
            } else {
                since++;
                onset = since == 1 ? step : onset;
                mean += (value - mean) / Math.min(since, span);
            }
        }

        @Override
        public void persist(Archive archive) throws IOException {
            mean = archive.real(mean);
            now = archive.real(now);
            best = archive.real(best);
            bestStep = archive.whole(bestStep);
            onset = archive.whole(onset);
            since = archive.count(since);
        }
    }

    /** What is known of the tasks of one run. */
    public static final class Memory implements State {
        private final List<Task> tasks = new ArrayList<>();
        private long looks;

        /** Level of the training loss; none of a policy or of preferences, whose loss measures nothing. */
        private final RunningMean train = new RunningMean();

        /** Whether the last row carried a task's metric. */
        private boolean carried;

        /** What each name means, to spare the look-up; not remembered. */
        private final Map<String, Place> places = new HashMap<>();

        /** The task of a metric, or null if it is none. */
        private @Nullable Task task(String name) {
            // Most metrics are told by their first letters: they cost no look-up.
            if (!name.startsWith(TaskMetric.PREFIX)) {
                return null;
            }
            Place place = places.get(name);
            if (place == null) {
                place = new Place(find(name));
                if (places.size() < NAMES) {
                    places.put(name, place);
                }
            }
            return place.task;
        }

        private @Nullable Task find(String name) {
            for (Task task : tasks) {
                if (task.name.equals(name)) {
                    return task;
                }
            }
            TaskMetric metric = TaskMetric.of(name);
            if (metric == null || tasks.size() == TASKS) {
                return null;
            }
            Task task = new Task();
            task.name = name;
            task.metric = metric;
            tasks.add(task);
            return task;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            archive.each(tasks, Task::new);
            looks = archive.whole(looks);
            train.persist(archive);
            places.clear();
        }
    }

    /** A task, or none. */
    private record Place(@Nullable Task task) {}

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public boolean evaluable(Memory memory) {
        return !memory.tasks.isEmpty();
    }

    @Override
    public boolean carries(Memory memory, Signature signature, Row row) {
        return memory.carried;
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        Task worst = null;
        double most = 0;
        int count = 0;
        memory.carried = false;
        double loss = row.value(Signal.LOSS);
        if (Math.abs(loss) < 1e100 && !run.policy() && !run.preference()) {
            memory.train.add(loss, LEVEL);
        }
        double trained = memory.train.count() > 0 ? memory.train.mean() : Double.NaN;
        for (int i = 0; i < row.count(); i++) {
            Task task = memory.task(row.name(i));
            // Beyond 1e100 the run has other troubles, and sums are no numbers.
            if (task == null || !(Math.abs(row.value(i, 0)) < 1e100)) {
                continue;
            }
            memory.carried = true;
            task.add(row.value(i, 0), row.step(), trained);
            memory.looks++;
            double lost = task.lost(config, memory.looks, trained);
            if (lost > 0) {
                count++;
                double share = lost / Math.max(Math.abs(task.course().best), Double.MIN_NORMAL);
                if (share > most) {
                    most = share;
                    worst = task;
                }
            }
        }
        if (worst != null && !run.firing("loss_divergence") && !run.firing("grad_explosion")) {
            out.add(finding(worst, worst.lost(config, memory.looks, trained), count));
        }
    }

    private Finding finding(Task task, double lost, int count) {
        Course course = task.course();
        double sign = task.higherIsBetter() ? -1 : 1;
        double now = sign * (course.best + lost);
        double best = sign * course.best;
        return new Finding(
                null,
                task.name,
                count,
                Severity.WARNING,
                course.onset,
                now,
                best + sign * config.size * Math.abs(best),
                "1",
                null,
                String.format(
                        Locale.ROOT,
                        "%s is %.4g, %.0f %% worse than its best (%.4g at step %,d): what it measures is being forgotten",
                        task.name,
                        now,
                        100 * lost / Math.max(Math.abs(best), Double.MIN_NORMAL),
                        best,
                        course.bestStep));
    }
}
