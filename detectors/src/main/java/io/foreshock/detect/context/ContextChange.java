package io.foreshock.detect.context;

import io.foreshock.detect.Changes;
import io.foreshock.detect.Changes.Kind;
import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Signature.Description;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import org.jspecify.annotations.Nullable;

/** Tells what somebody changed about a run, as information: the changes and their limits are described with the package. */
public final class ContextChange implements Detector<ContextChange.Memory> {
    public static final Signature RESUME = describe(
            Kind.RESUME,
            Signature.named("resume", "Run was resumed")
                    .advice("Compare the rows after it with those before: the same step should have the same loss"));

    public static final Signature LR_STEP = describe(
            Kind.LEARNING_RATE,
            Signature.named("lr_step", "Learning rate stepped")
                    .needs(Signal.LR)
                    .advice("Nothing, if it was planned; if not, see what was configured with the last resume"));

    public static final Signature BATCH_SIZE_CHANGE = describe(
            Kind.BATCH_SIZE,
            Signature.named("batch_size_change", "Batch size changed")
                    .needs(Signal.BATCH_SIZE)
                    .advice("Expect another noise of loss and gradient, and another time a step"));

    public static final Signature DATA_CHANGE = describe(
            Kind.DATA,
            Signature.named("data_change", "Data changed")
                    .needsOneOf(Signal.LOSS, Signal.DATA_STAGE)
                    .helpedBy(Signal.GRAD_NORM)
                    .advice(
                            "Nothing, if a new mixture or stage was planned",
                            "If not, see which shards were read from this step on; log the mixture's number as data_stage"));

    public static final Signature OPTIMIZER_RESET = describe(
            Kind.OPTIMIZER,
            Signature.named("optimizer_reset", "Optimizer state was lost")
                    .needsOneOf(Signal.UPDATE_RATIO, Signal.ADAM_SECOND_MOMENT_RMS)
                    .helpedBy(Signal.LR, Signal.GRAD_NORM)
                    .reference("arXiv:1908.03265")
                    .advice(
                            "If it was not planned: resume again with the optimizer's state, which the checkpoint may lack",
                            "If it was: warm up again for 1/(1 - beta2) steps"));

    private final Kind kind;

    private ContextChange(Kind kind) {
        this.kind = kind;
    }

    /** Nothing can be set: a change is a fact. */
    public record Config() {}

    /** Nothing is remembered here: {@link Changes} knows it all. */
    public static final class Memory implements State {
        @Override
        public void persist(Archive archive) {}
    }

    private static Signature describe(Kind kind, Description description) {
        return description.calmAfter(1).detectedBy(new Config(), config -> new ContextChange(kind));
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        Changes changes = run.changes();
        if (changes.lasts(kind)) {
            Signal signal = signal(row);
            out.add(new Finding(
                    signal,
                    signal == null ? "step" : signal.key(),
                    Severity.INFO,
                    changes.step(kind),
                    changes.after(kind),
                    Double.NaN,
                    unit(signal),
                    null,
                    summary(changes)));
        }
    }

    private @Nullable Signal signal(Row row) {
        return switch (kind) {
            case RESUME -> null;
            case LEARNING_RATE -> Signal.LR;
            case BATCH_SIZE -> Signal.BATCH_SIZE;
            case DATA -> row.has(Signal.DATA_STAGE) ? Signal.DATA_STAGE : Signal.LOSS;
            case OPTIMIZER -> row.has(Signal.UPDATE_RATIO) ? Signal.UPDATE_RATIO : Signal.ADAM_SECOND_MOMENT_RMS;
        };
    }

    private static String unit(@Nullable Signal signal) {
        return signal == Signal.LOSS ? "nat" : "1";
    }

    private Sentence summary(Changes changes) {
        long step = changes.step(kind);
        double before = changes.before(kind);
        double after = changes.after(kind);
        String courses = changes.relearn() ? "courses are learned anew" : "courses are kept";
        return switch (kind) {
            case RESUME -> Sentence.of("Resumed from step %,d (%s); %s", step, way(before, step), courses);
            case LEARNING_RATE ->
                Sentence.of(
                        "Learning rate stepped from %.3g to %.3g (%s) at step %,d; courses are kept",
                        before, after, factor(after / before), step);
            case BATCH_SIZE ->
                Sentence.of("Batch size changed from %,.0f to %,.0f at step %,d; %s", before, after, step, courses);
            case DATA -> data(changes, step, before, after);
            case OPTIMIZER ->
                Sentence.of(
                        "Optimizer state was lost at step %,d: %s %s at once and the gradient norm does not explain it",
                        step, after > before ? "updates became" : "its second moment fell", factor(after / before));
        };
    }

    private static Sentence data(Changes changes, long step, double before, double after) {
        return changes.relearn()
                ? Sentence.of(
                        "Data changed at step %,d: stage %.0f after %.0f; courses are learned anew",
                        step, after, before)
                : Sentence.of(
                        "Data changed at step %,d, it seems: the loss went from %.4g to %.4g at once and stays there, and"
                                + " the gradient norm did not move",
                        step, before, after);
    }

    private static Sentence way(double before, long step) {
        long back = Math.round(before) - step;
        return back >= 0
                ? Sentence.of("back %,d step%s", back, back == 1 ? "" : "s")
                : Sentence.of("%,d steps on", -back);
    }

    private static Sentence factor(double ratio) {
        return ratio >= 1 ? Sentence.of("%.3g times as large", ratio) : Sentence.of("to 1/%.3g", 1 / ratio);
    }
}
