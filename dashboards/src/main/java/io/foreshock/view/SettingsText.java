package io.foreshock.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.detect.Setting;
import io.foreshock.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a run was judged by, as a settings file that says all of it: every signature with every setting. */
public final class SettingsText {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private SettingsText() {}

    /** The settings in force for this run; a settings file holds nothing secret, so neither does this. */
    public static String of(Settings settings, String run) {
        StringBuilder text = new StringBuilder("defaults:\n");
        for (Settings.Effective one : settings.effective(run)) {
            List<String> values = new ArrayList<>();
            if (!one.enabled()) {
                values.add("enabled: false");
            }
            if (one.observe()) {
                values.add("observe: true");
            }
            values.add("calm: " + one.tuned().calm());
            if (settings.rules().stream()
                    .noneMatch(rule -> rule.slug().equals(one.signature().slug()))) {
                for (Map.Entry<String, Object> value :
                        Setting.of(one.tuned().settings()).entrySet()) {
                    values.add(value.getKey() + ": " + scalar(value.getValue()));
                }
            }
            text.append("  ")
                    .append(one.signature().slug())
                    .append(": {")
                    .append(String.join(", ", values))
                    .append("}\n");
        }
        return text.append(rules(settings)).toString();
    }

    private static String scalar(Object value) {
        String text = String.valueOf(value);
        return value instanceof Double number && number.isInfinite() ? (number > 0 ? ".inf" : "-.inf") : text;
    }

    /** The rules as they were written; JSON is YAML, too. */
    private static String rules(Settings settings) {
        if (settings.rules().isEmpty()) {
            return "";
        }
        try {
            JsonNode rules = MAPPER.readTree(settings.json()).path("rules");
            StringBuilder text = new StringBuilder("rules:\n");
            for (JsonNode rule : rules) {
                text.append("  - ").append(MAPPER.writeValueAsString(rule)).append('\n');
            }
            return text.toString();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "settings hold rules that are no JSON: %s", e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
