package io.foreshock.detect;

import io.foreshock.state.State;
import io.foreshock.telemetry.Signal;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * One thing that can go wrong with a run, and the detector that recognises it.
 *
 * @param slug its name in alerts, settings and labels, for example {@code loss_spike}
 * @param title the same for people
 * @param inputs the signals without which it cannot be judged; empty where any metric will do
 * @param oneOf signals of which one at least is needed beside the inputs; empty where the inputs suffice
 * @param helpers signals that make the verdict sharper when they are there
 * @param calm rows carrying the inputs, without a finding, after which its incident is resolved, {@code > 0}
 * @param reference the paper it comes from, or "" for a rule of craft
 * @param advice what people do about it, most useful first
 * @param defaults the detector's settings, a record
 * @param detector makes the detector
 */
public record Signature(
        String slug,
        String title,
        List<Signal> inputs,
        List<Signal> oneOf,
        List<Signal> helpers,
        int calm,
        String reference,
        List<String> advice,
        Record defaults,
        Supplier<Detector<? extends State>> detector) {

    public Signature {
        inputs = List.copyOf(inputs);
        oneOf = List.copyOf(oneOf);
        helpers = List.copyOf(helpers);
        advice = List.copyOf(advice);
    }

    /** A signature that needs all its inputs and no choice of others. */
    public Signature(
            String slug,
            String title,
            List<Signal> inputs,
            List<Signal> helpers,
            int calm,
            String reference,
            List<String> advice,
            Record defaults,
            Supplier<Detector<? extends State>> detector) {
        this(slug, title, inputs, List.of(), helpers, calm, reference, advice, defaults, detector);
    }

    /** True if a row, or a run, that has the signals for which {@code has} holds can be judged. */
    public boolean evaluable(Predicate<Signal> has) {
        for (Signal input : inputs) {
            if (!has.test(input)) {
                return false;
            }
        }
        for (Signal choice : oneOf) {
            if (has.test(choice)) {
                return true;
            }
        }
        return oneOf.isEmpty();
    }
}
