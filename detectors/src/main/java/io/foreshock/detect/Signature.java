package io.foreshock.detect;

import io.foreshock.state.State;
import io.foreshock.telemetry.Signal;
import java.util.List;
import java.util.function.Supplier;

/**
 * One thing that can go wrong with a run, and the detector that recognises it.
 *
 * @param slug its name in alerts, settings and labels, for example {@code loss_spike}
 * @param title the same for people
 * @param inputs the signals without which it cannot be judged; empty where any metric will do
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
        List<Signal> helpers,
        int calm,
        String reference,
        List<String> advice,
        Record defaults,
        Supplier<Detector<? extends State>> detector) {

    public Signature {
        inputs = List.copyOf(inputs);
        helpers = List.copyOf(helpers);
        advice = List.copyOf(advice);
    }
}
