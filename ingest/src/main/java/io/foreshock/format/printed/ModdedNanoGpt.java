package io.foreshock.format.printed;

import io.foreshock.wire.LoggedRow;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * modded-nanogpt: {@code step:125/1390 val_loss:4.6433 train_time:20288ms step_avg:162.30ms}; older versions printed
 * {@code train_loss} as well, newer ones train without telling their loss.
 */
final class ModdedNanoGpt extends Dialect {
    private static final Pattern STEP = Pattern.compile("\\bstep:(\\d+)/\\d++ ([a-z_]++:.*+)");

    @Override
    long read(String line, LoggedRow row) {
        Matcher step = STEP.matcher(line);
        if (!line.contains("step:") || !step.find()) {
            return NOTHING;
        }
        Words.metrics(step.group(2), " ", ':', row);
        return Words.step(step.group(1));
    }
}
