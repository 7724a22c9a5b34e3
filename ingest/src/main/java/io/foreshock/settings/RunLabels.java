package io.foreshock.settings;

import io.foreshock.wire.Excerpt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Section {@code labels} of the settings: what alerts about a run are labelled with besides what Foreshock knows, so that they
 * are routed to those whose run it is. Of two patterns that match a run the later one has the last word on each label.
 *
 * @param byPattern names and values by the pattern of the runs
 */
record RunLabels(Map<String, Map<String, String>> byPattern) {
    static final RunLabels NONE = new RunLabels(Map.of());

    /** What alerts have anyway. */
    private static final Set<String> TAKEN =
            Set.of("alertname", "run", "signature", "severity", "incident", "story", "role");

    /** As Prometheus wants them (prometheus.io/docs/concepts/data_model); two underscores in front are its own. */
    private static final Pattern NAME = Pattern.compile("(?!__)[a-zA-Z_][a-zA-Z0-9_]*");

    /** More labels than this are no labels. */
    private static final int MOST = 20;

    private static final int MOST_CHARS = 256;

    /** Reads the section; what is wrong with it is told to the reader. */
    static RunLabels read(@Nullable Yaml section, SettingsReader reader) {
        Map<String, Map<String, String>> byPattern = new LinkedHashMap<>();
        for (Yaml.Field pattern : reader.fields(section, "labels")) {
            Map<String, String> labels = new TreeMap<>();
            String place = "labels." + pattern.key();
            if (pattern.key().isBlank()) {
                reader.problem(pattern.line(), "labels must name runs");
            }
            List<Yaml.Field> given = reader.fields(pattern.value(), place);
            if (given.size() > MOST) {
                reader.problem(pattern.line(), place + " must have at most " + MOST + " labels, got " + given.size());
            }
            for (Yaml.Field label : given) {
                String value = value(place, label, reader);
                if (value != null) {
                    labels.put(label.key(), value);
                }
            }
            byPattern.put(pattern.key(), labels);
        }
        return new RunLabels(byPattern);
    }

    private static @Nullable String value(String place, Yaml.Field label, SettingsReader reader) {
        if (TAKEN.contains(label.key())) {
            reader.problem(
                    label.line(),
                    place + ": every alert has a label " + label.key() + " already; call this one something else");
            return null;
        }
        if (!NAME.matcher(label.key()).matches()) {
            reader.problem(
                    label.line(),
                    place + ": a label's name must have letters, digits and underscores, no digit first, got "
                            + Excerpt.quote(label.key()));
            return null;
        }
        Yaml.Scalar scalar = reader.scalar(place + "." + label.key(), label.value());
        if (scalar == null) {
            return null;
        }
        String text = scalar.text();
        if (text.isBlank() || text.length() > MOST_CHARS) {
            reader.problem(
                    scalar.line(),
                    place + "." + label.key() + " must have 1 to " + MOST_CHARS + " characters, got "
                            + (text.isBlank() ? "none" : text.length()));
            return null;
        }
        return text;
    }

    Map<String, String> of(String run) {
        Map<String, String> labels = new TreeMap<>();
        byPattern.forEach((pattern, said) -> {
            if (Glob.matches(pattern, run)) {
                labels.putAll(said);
            }
        });
        return labels;
    }
}
