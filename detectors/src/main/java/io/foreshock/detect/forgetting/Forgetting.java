package io.foreshock.detect.forgetting;

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
import io.foreshock.statistics.CurveNoise;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A metric of an earlier task falls from its best by more than its noise: method and limits are with the package. */
public final class Forgetting implements Detector<Forgetting.Memory> {
    public static final Signature SIGNATURE = Signature.named("forgetting", "An earlier task is forgotten")
            .needsOther("an evaluation of a task, such as eval_loss/<task> or eval/<task>/acc")
            .helpedBy(Signal.LOSS)
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

    /** One metric of one task. Values are turned so that lower is better. */
    private static final class Task implements State {
        private String name = "";
        private TaskMetric metric = TaskMetric.UNTOLD;
        private final CurveNoise noise = new CurveNoise();
        private double first;
        private double mean;
        private double now;
        private double best = Double.POSITIVE_INFINITY;
        private long bestStep;
        private long onset;
        private int since;

        void add(double logged, long step) {
            if (metric == TaskMetric.UNTOLD) {
                metric = TaskMetric.byItsFirst(logged);
            }
            double value = sign() * logged;
            if (noise.count() == 0) {
                first = value;
            }
            now = value;
            noise.add(value);
            if (value < best) {
                best = value;
                bestStep = step;
                since = 0;
            } else {
                since++;
                onset = since == 1 ? step : onset;
                mean += (value - mean) / Math.min(since, span());
            }
        }

        /** Turns what is logged so that lower is better, and back. */
        double sign() {
            return metric == TaskMetric.HIGHER_IS_BETTER ? -1 : 1;
        }

        /**
         * What was never known cannot be forgotten: a loss must have fallen since its first evaluation or, where the log begins
         * with a trained model, have been below the run's first training loss, by as much as it may be above its best. A score
         * at chance has nowhere to fall.
         */
        boolean known(Config config, double firstLoss) {
            double share = config.size * Math.abs(best);
            return metric == TaskMetric.HIGHER_IS_BETTER
                    || Double.isNaN(firstLoss)
                    || first - best > share
                    || firstLoss - best > share;
        }

        /** Evaluations that stand for now: where there are many, none needs to be trusted alone. */
        private long span() {
            return Math.max(2, Math.min(12, noise.count() / 8));
        }

        /** Change for the worse that it shows, 0 if none: of the last few evaluations or, if that is much, of the last. */
        double lost(Config config, long looks) {
            if (metric == TaskMetric.LOWER_IS_BETTER && Math.abs(now) < FLOOR * Math.abs(first)) {
                return 0;
            }
            double matters = config.size * Math.abs(best);
            double certain = config.certainty * CurveNoise.largestOf(looks) * noise.deviation();
            double few = since >= 2 ? mean - best : 0;
            if (few > matters && few > certain * (1 + 1 / Math.sqrt((double) Math.min(since, span())))) {
                return few;
            }
            // A loss is the mean over many tokens; a score counts few answers, and one of it is no evidence.
            double one = metric == TaskMetric.HIGHER_IS_BETTER ? 0 : now - best;
            return one > ALONE * matters && one > 2 * certain ? one : 0;
        }

        @Override
        public void persist(Archive archive) throws IOException {
            name = archive.word(name);
            metric = archive.constant(metric, TaskMetric.values());
            noise.persist(archive);
            first = archive.real(first);
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
        /** The run's first training loss: what it costs not to know a task. */
        private double firstLoss = Double.NaN;

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
            firstLoss = archive.real(firstLoss);
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
        if (Double.isNaN(memory.firstLoss) && Double.isFinite(row.value(Signal.LOSS))) {
            memory.firstLoss = row.value(Signal.LOSS);
        }
        Task worst = null;
        double most = 0;
        double worstLost = 0;
        int count = 0;
        memory.carried = false;
        for (int i = 0; i < row.count(); i++) {
            Task task = memory.task(row.name(i));
            // Beyond 1e100 the run has other troubles, and sums are no numbers.
            if (task == null || !(Math.abs(row.value(i, 0)) < 1e100)) {
                continue;
            }
            memory.carried = true;
            task.add(row.value(i, 0), row.step());
            memory.looks++;
            double lost = task.lost(config, memory.looks);
            if (lost > 0 && task.known(config, memory.firstLoss)) {
                count++;
                double share = lost / Math.max(Math.abs(task.best), Double.MIN_NORMAL);
                if (share > most) {
                    most = share;
                    worst = task;
                    worstLost = lost;
                }
            }
        }
        if (worst != null && !run.firing("loss_divergence") && !run.firing("grad_explosion")) {
            out.add(finding(worst, worstLost, count));
        }
    }

    private Finding finding(Task task, double lost, int count) {
        double sign = task.sign();
        double now = sign * (task.best + lost);
        double best = sign * task.best;
        return new Finding(
                null,
                task.name,
                count,
                Severity.WARNING,
                task.onset,
                now,
                best + sign * config.size * Math.abs(best),
                "1",
                null,
                Sentence.of(
                        "%s is %.4g, %.0f %% worse than its best (%.4g at step %,d): what it measures is being forgotten",
                        task.name, now, 100 * lost / Math.max(Math.abs(best), Double.MIN_NORMAL), best, task.bestStep));
    }
}
