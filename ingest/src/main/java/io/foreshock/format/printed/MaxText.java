package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * MaxText: {@code completed step: 10, seconds: 0.931, TFLOP/s/device: 31.5, …, loss: 9.436} and {@code eval metrics after
 * step: 10, loss=9.4, total_weights=75264.0}.
 */
final class MaxText extends Dialect {
    private static final Pattern STEP = Pattern.compile("completed step: (\\d+), (.*+)");
    private static final Pattern EVALUATION = Pattern.compile("eval metrics after step: (\\d+), (.*+)");

    @Override
    long read(String line, LoggedRow row) {
        if (!line.contains("step: ")) {
            return NOTHING;
        }
        Matcher step = STEP.matcher(line);
        if (step.find()) {
            Words.metrics(step.group(2), ", ", ':', row);
            return Words.step(step.group(1));
        }
        Matcher evaluation = EVALUATION.matcher(line);
        if (!evaluation.find()) {
            return NOTHING;
        }
        for (String piece : evaluation.group(2).split(",", -1)) {
            int at = piece.indexOf('=');
            if (at > 0) {
                String name = piece.substring(0, at).strip();
                Words.metric(name.equals("loss") ? "eval/avg_loss" : "eval/" + name, piece.substring(at + 1), row);
            }
        }
        return Words.step(evaluation.group(1));
    }
}
