package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** nanoGPT: {@code iter 10: loss 2.3000, time 120.45ms, mfu 12.30%} and {@code step 10: train loss 2.3, val loss 2.4}. */
final class NanoGpt extends Dialect {
    private static final Pattern STEP = Pattern.compile("\\biter (\\d+): (loss .*+)");
    private static final Pattern EVALUATION = Pattern.compile("\\bstep (\\d+): (train loss .*+)");

    @Override
    long read(String line, LoggedRow row) {
        if (!line.contains("loss ")) {
            return NOTHING;
        }
        Matcher matcher = STEP.matcher(line);
        if (!matcher.find()) {
            matcher = EVALUATION.matcher(line);
            if (!matcher.find()) {
                return NOTHING;
            }
        }
        for (String piece : matcher.group(2).split(",", -1)) {
            String part = piece.strip();
            int at = part.lastIndexOf(' ');
            if (at > 0) {
                Words.metric(name(part.substring(0, at), part), part.substring(at + 1), row);
            }
        }
        return Words.step(matcher.group(1));
    }

    private static String name(String printed, String part) {
        return part.endsWith("ms") ? printed + " (ms)" : part.endsWith("%") ? printed + " (%)" : printed;
    }
}
