package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Megatron-LM: {@code iteration 10/ 1000 | consumed samples: 160 | … | lm loss: 2.3E+00 |}, and the lines about an
 * evaluation, which get the names that Megatron uses in TensorBoard.
 */
final class Megatron extends Dialect {
    private static final Pattern STEP = Pattern.compile("\\biteration\\s++(\\d+)/\\s*+\\d++\\s*+\\|(.*+)");
    private static final Pattern EVALUATION =
            Pattern.compile("\\b(validation|test) loss at iteration (\\d+)(?: on \\w++ set)? \\|(.*+)");

    @Override
    long read(String line, LoggedRow row) {
        if (!line.contains("iteration")) {
            return NOTHING;
        }
        Matcher step = STEP.matcher(line);
        // NeMo prints its steps much alike.
        if (step.find() && !line.contains("Training epoch")) {
            Words.metrics(step.group(2), "|", ':', row);
            return Words.step(step.group(1));
        }
        Matcher evaluation = EVALUATION.matcher(line);
        if (!evaluation.find()) {
            return NOTHING;
        }
        for (String piece : evaluation.group(3).split("\\|", -1)) {
            int at = piece.indexOf(':');
            String name = at < 0 ? "" : piece.substring(0, at).strip();
            if (name.endsWith(" value")) {
                Words.metric(name.replace(" value", " " + evaluation.group(1)), piece.substring(at + 1), row);
            } else if (name.endsWith(" PPL")) {
                Words.metric(name.replace(" PPL", " " + evaluation.group(1) + " ppl"), piece.substring(at + 1), row);
            }
        }
        return Words.step(evaluation.group(2));
    }
}
