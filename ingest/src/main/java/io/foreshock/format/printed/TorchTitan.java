package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * torchtitan: {@code step: 10  loss: 2.30000  grad_norm: 0.8000  memory: 34.01GiB(43.05%)  tps: 5,234  tflops: 91.2  mfu:
 * 29.2%} and {@code validate step: 10  loss: 2.4 …}.
 */
final class TorchTitan extends Dialect {
    private static final Pattern STEP = Pattern.compile("(\\bvalidate )?+\\bstep: \\s*+(\\d+)  (.*+)");
    /** The look behind keeps a long word from being tried from each of its letters. */
    private static final Pattern VALUE = Pattern.compile("(?<![a-z_])([a-z_]++):\\s*+([^\\s]++)");

    @Override
    long read(String line, LoggedRow row) {
        Matcher step = STEP.matcher(line);
        if (!line.contains("step: ") || !line.contains("  loss: ") || !step.find()) {
            return NOTHING;
        }
        String prefix = step.group(1) == null ? "" : "validation_metrics/";
        Matcher value = VALUE.matcher(step.group(3));
        while (value.find()) {
            Words.metric(prefix + value.group(1), value.group(2), row);
        }
        return Words.step(step.group(2));
    }
}
