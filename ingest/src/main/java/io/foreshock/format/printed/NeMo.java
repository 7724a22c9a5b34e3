package io.foreshock.format.printed;

import io.foreshock.format.Numbers;
import io.foreshock.wire.LoggedRow;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * NeMo: {@code Training epoch 0, iteration 10/999 | lr: 3e-4 | … | global_step: 10 | reduced_train_loss: 2.3}. What an
 * evaluation found is printed again with every step until the next one, and counts once.
 */
final class NeMo extends Dialect {
    private static final Pattern STEP = Pattern.compile("Training epoch \\d++, iteration (\\d+)(?:/\\d++)?+ \\|(.*+)");
    private static final Pattern GLOBAL_STEP = Pattern.compile("\\| global_step: (\\d+)");

    /** Evaluations that are remembered. */
    private static final int EVALUATIONS = 256;

    private final Map<String, Double> evaluations = new HashMap<>();

    @Override
    long read(String line, LoggedRow row) {
        Matcher step = STEP.matcher(line);
        if (!line.contains("Training epoch") || !step.find()) {
            return NOTHING;
        }
        for (String piece : step.group(2).split("\\|", -1)) {
            int at = piece.indexOf(':');
            Double value = at < 0 ? null : Numbers.of(piece.substring(at + 1));
            String name = at < 0 ? "" : piece.substring(0, at).strip();
            if (value != null && !name.equals("global_step") && isNews(name, value)) {
                row.metric(name, value);
            }
        }
        Matcher global = GLOBAL_STEP.matcher(line);
        return Words.step(global.find() ? global.group(1) : step.group(1));
    }

    private boolean isNews(String name, double value) {
        if (!name.startsWith("val")) {
            return true;
        }
        if (evaluations.size() == EVALUATIONS && !evaluations.containsKey(name)) {
            evaluations.clear();
        }
        Double before = evaluations.put(name, value);
        return before == null || Double.compare(before, value) != 0;
    }
}
