package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * llm.c: its standard output, {@code step 10/18865 | loss 7.1 (+0.12z)| norm 1.2 (-0.3z)| lr 1.00e-05 | 123.45 ms | 50.1%
 * bf16 MFU | 4230000 tok/s} and {@code val loss 7.2}, and its {@code main.log}, {@code s:10 trl:7.1 lr:0.000010 norm:1.2}.
 */
final class LlmC extends Dialect {
    private static final Pattern STEP = Pattern.compile("\\bstep\\s++(\\d+)/\\d++ \\| (?:train )?+loss ([^|]++)(\\|.*+)");
    private static final Pattern PART =
            Pattern.compile("\\|\\s*+(?:(norm|lr) ([^|]++)|([\\d.]++) ms\\b|([\\d.]++)%[^|]*?MFU|([\\d.]++) tok/s)");
    private static final Pattern VALIDATION = Pattern.compile("^val loss (\\S++)\\s*+$");
    private static final Pattern LOGGED = Pattern.compile("^s:(\\d+) ((?:trl|tel|eval):.*+)");

    /** A validation is told without a step, after the step it follows; the one before the first step is left aside. */
    private long last = NOTHING;

    @Override
    long read(String line, LoggedRow row) {
        Matcher logged = LOGGED.matcher(line);
        if (logged.find()) {
            Words.metrics(logged.group(2), " ", ':', row);
            return Words.step(logged.group(1));
        }
        Matcher validation = VALIDATION.matcher(line);
        if (validation.find()) {
            Words.metric("val_loss", validation.group(1), row);
            return last;
        }
        Matcher step = STEP.matcher(line);
        if (!line.contains("| ") || !step.find()) {
            return NOTHING;
        }
        Words.metric("loss", step.group(2), row);
        parts(PART.matcher(step.group(3)), row);
        last = Words.step(step.group(1));
        return last;
    }

    private static void parts(Matcher part, LoggedRow row) {
        String[] names = {"", "", "", "time (ms)", "mfu (%)", "tok/s"};
        while (part.find()) {
            if (part.group(1) != null) {
                Words.metric(part.group(1).equals("norm") ? "grad_norm" : "lr", part.group(2), row);
            }
            for (int group = 3; group <= 5; group++) {
                if (part.group(group) != null) {
                    Words.metric(names[group], part.group(group), row);
                }
            }
        }
    }
}
