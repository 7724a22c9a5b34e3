package io.foreshock.detect.overfitting;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;

/** The held-out loss rises from its minimum while the training loss falls on: method and limits are with the package. */
public final class Overfitting implements Detector<EvalCourse> {
    public static final Signature SIGNATURE = Signature.named(
                    "overfitting", "Held-out loss rises while training loss falls")
            .needs(Signal.LOSS, Signal.EVAL_LOSS)
            .calmAfter(12)
            .reference("arXiv:2201.02177")
            .advice(
                    "Keep the checkpoint of the best evaluation; stop there unless a late return is hoped for",
                    "More or more varied data, fewer passes over it; check that training and evaluation data do not differ",
                    "Regularise: weight decay, dropout, augmentation, a smaller model or a lower rate")
            .detectedBy(Config.DEFAULT, Overfitting::new);

    private final Config config;

    public Overfitting(Config config) {
        this.config = config;
    }

    /**
     * @param size rise of the held-out loss over its best that matters, as a share of it, {@code > 0}
     * @param fall fall of the training loss since then that shows that it still learns, as a share of it, 0 to 1
     * @param certainty growth of the gap between the two, as a multiple of what the noise of the evaluations is
     *     expected to reach by accident in as many, {@code > 0}
     * @param jump rise of the training loss over its lowest after which the held-out loss is measured afresh, as a
     *     share of it, {@code > 0}
     */
    public record Config(double size, double fall, double certainty, double jump) {
        public static final Config DEFAULT = new Config(0.05, 0.1, 1, 0.2);

        public Config {
            Setting.check(size > 0, "overfitting", "size", "> 0", size);
            Setting.check(fall > 0 && fall < 1, "overfitting", "fall", "between 0 and 1", fall);
            Setting.check(certainty > 0, "overfitting", "certainty", "> 0", certainty);
            Setting.check(jump > 0, "overfitting", "jump", "> 0", jump);
        }
    }

    @Override
    public EvalCourse start() {
        return new EvalCourse();
    }

    @Override
    public boolean evaluable(EvalCourse course) {
        return course.evaluable();
    }

    /** Evaluations are the clock, whether or not their event brings a training loss too. */
    @Override
    public boolean carries(EvalCourse course, Signature signature, Row row) {
        return row.has(Signal.EVAL_LOSS);
    }

    @Override
    public void observe(EvalCourse course, Row row, RunHistory run, Findings out) {
        // Their training loss has no course that a held-out loss could leave.
        if (run.policy() || run.preference() || !course.observe(row, config)) {
            return;
        }
        if (course.overfits()) {
            out.add(finding(course));
        } else if (course.since() >= EvalCourse.RECENT && course.now() > (1 + config.size) * course.best()) {
            out.suspect();
        }
    }

    private Finding finding(EvalCourse course) {
        return new Finding(
                Signal.EVAL_LOSS,
                Signal.EVAL_LOSS.key(),
                Severity.WARNING,
                course.onset(),
                course.now(),
                course.best() + config.size * Math.abs(course.best()),
                "nat",
                null,
                Sentence.of(
                        "Held-out loss is %.4g, %.3g above its best at step %,d, while the training loss fell from %.4g to"
                                + " %.4g: the training data are learned by heart",
                        course.now(),
                        course.now() - course.best(),
                        course.bestStep(),
                        course.trainThen(),
                        course.trainNow()));
    }
}
