package io.foreshock.settings;

import io.foreshock.alias.Alias;
import io.foreshock.alias.Aliases;
import io.foreshock.detect.Detector;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.custom.Absence;
import io.foreshock.detect.custom.RobustZ;
import io.foreshock.detect.custom.Series;
import io.foreshock.detect.custom.Subject;
import io.foreshock.detect.custom.Threshold;
import io.foreshock.detect.custom.Trend;
import io.foreshock.state.State;
import io.foreshock.telemetry.Signal;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one custom rule. */
final class RuleReader {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final List<String> KINDS = List.of("threshold", "robust_z", "trend", "absence");
    private static final List<String> KEYS = List.of(
            "name",
            "metric",
            "severity",
            "summary",
            "advice",
            "enabled",
            "observe",
            "calm",
            "threshold",
            "robust_z",
            "trend",
            "absence");
    private static final int MAX_SENTENCE_CHARS = 500;
    private static final int MAX_ADVICE = 10;

    private final SettingsReader reader;
    private final Set<String> taken;

    /** @param taken names that are given already */
    RuleReader(SettingsReader reader, Set<String> taken) {
        this.reader = reader;
        this.taken = taken;
    }

    /**
     * A rule.
     *
     * @param signature what it looks for
     * @param switches whether it does, and how
     */
    record Rule(Signature signature, Tuning switches) {}

    /** The rule, or null after telling what is wrong with it. */
    @Nullable
    Rule rule(Yaml item) {
        if (!(item instanceof Yaml.Mapping fields)) {
            reader.problem(item.line(), "a rule must hold names and values, got " + SettingsReader.given(item));
            return null;
        }
        String name = name(fields);
        SettingsReader.Switches switches = reader.new Switches(name);
        for (Yaml.Field field : fields.fields()) {
            if (!switches.take(field) && !KEYS.contains(field.key())) {
                reader.problem(
                        field.line(),
                        "a rule has no " + Excerpt.plain(field.key()) + Spelling.known(field.key(), KEYS));
            }
        }
        Series series = series(fields, name);
        Severity severity = severity(fields, name);
        String summary = sentence(fields, "summary", name);
        List<String> advice = advice(fields, name);
        Yaml.Field kind = kind(fields, name);
        if (series == null || kind == null) {
            return null;
        }
        Subject subject = new Subject(series, severity, withoutStop(summary));
        Signature.Description description = Signature.named(name, summary.isEmpty() ? name : withoutStop(summary))
                .advice(advice.toArray(new String[0]));
        Signal signal = Signal.of(series.metric());
        if (signal != null && !kind.key().equals("absence")) {
            description.needs(signal);
        }
        Signature rule = reader.tuned(name, signature(kind.key(), subject, description), kind);
        if (rule == null || !isComplete(rule, kind, name)) {
            return null;
        }
        return new Rule(rule, new Tuning(switches.enabled, switches.observe, switches.calm, Map.of()));
    }

    private static Signature signature(String kind, Subject subject, Signature.Description description) {
        return switch (kind) {
            case "threshold" -> made(description, Threshold.Config.DEFAULT, config -> new Threshold(subject, config));
            case "robust_z" -> made(description, RobustZ.Config.DEFAULT, config -> new RobustZ(subject, config));
            case "trend" -> made(description, Trend.Config.DEFAULT, config -> new Trend(subject, config));
            default -> made(description, Absence.Config.DEFAULT, config -> new Absence(subject, config));
        };
    }

    private static <C extends Record> Signature made(
            Signature.Description description, C defaults, Function<C, Detector<? extends State>> maker) {
        return description.detectedBy(defaults, maker);
    }

    /** A threshold without a number, and an absence without a length, would never fire. */
    private boolean isComplete(Signature rule, Yaml.Field kind, String name) {
        if (rule.settings().equals(Threshold.Config.DEFAULT)
                || (rule.settings() instanceof Threshold.Config config
                        && Double.isInfinite(config.above())
                        && Double.isInfinite(config.below()))) {
            reader.problem(kind.line(), name + ".threshold needs above, or below, or both");
            return false;
        }
        if (rule.settings().equals(Absence.Config.DEFAULT)) {
            reader.problem(kind.line(), name + ".absence needs rows > 0, or steps > 0, or both");
            return false;
        }
        return true;
    }

    private String name(Yaml.Mapping fields) {
        Yaml.Scalar given = scalar(fields, "name", "a rule");
        if (given == null) {
            if (fields.field("name") == null) {
                reader.problem(fields.line(), "a rule needs a name");
            }
            return "rule";
        }
        String name = given.text();
        if (!NAME.matcher(name).matches()) {
            reader.problem(
                    given.line(),
                    "name must be at most 63 lower-case letters, digits and underscores, a letter first, got "
                            + Excerpt.quote(name));
            return "rule";
        }
        if (taken.contains(name) || name.equals(Settings.ALL)) {
            reader.problem(given.line(), "name " + name + " is taken; choose another");
        }
        return name;
    }

    private @Nullable Series series(Yaml.Mapping fields, String name) {
        Yaml.Scalar given = scalar(fields, "metric", name);
        if (given == null) {
            if (fields.field("metric") == null) {
                reader.problem(fields.line(), name + " needs a metric");
            }
            return null;
        }
        String metric = given.text();
        if (metric.isBlank() || metric.length() > Limits.MAX_NAME_CHARS || Excerpt.unprintable(metric) >= 0) {
            reader.problem(
                    given.line(),
                    name + ".metric must be 1 to " + Limits.MAX_NAME_CHARS + " printable characters, got "
                            + Excerpt.quote(metric));
            return null;
        }
        Series series = Series.of(metric);
        for (Alias alias : Aliases.standard().lines()) {
            boolean renamed =
                    alias.name().equals(series.metric()) && alias.when() == null && Signal.of(series.metric()) == null;
            Signal signal = alias.signal();
            if (renamed && signal != null) {
                reader.problem(
                        given.line(),
                        name + ".metric: " + series.metric() + " is read as " + signal.key() + "; write "
                                + signal.key());
                return null;
            }
        }
        return series;
    }

    private Severity severity(Yaml.Mapping fields, String name) {
        Yaml.Scalar given = scalar(fields, "severity", name);
        if (given == null) {
            return Severity.WARNING;
        }
        for (Severity severity : Severity.values()) {
            if (severity.name().toLowerCase(Locale.ROOT).equals(given.text())) {
                return severity;
            }
        }
        reader.problem(
                given.line(), name + ".severity must be info, warning or critical, got " + Excerpt.quote(given.text()));
        return Severity.WARNING;
    }

    private String sentence(Yaml.Mapping fields, String key, String name) {
        Yaml.Scalar given = scalar(fields, key, name);
        return given == null ? "" : sentence(given, name + "." + key);
    }

    private String sentence(Yaml.Scalar given, String what) {
        String text = given.text().strip().replaceAll("\\s*\\R\\s*", " ");
        if (text.length() > MAX_SENTENCE_CHARS || Excerpt.unprintable(text) >= 0) {
            reader.problem(
                    given.line(),
                    what + " must be at most " + MAX_SENTENCE_CHARS + " printable characters, got "
                            + Excerpt.quote(text));
            return "";
        }
        return text;
    }

    private static String withoutStop(String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /** One sentence, or a list of them. */
    private List<String> advice(Yaml.Mapping fields, String name) {
        Yaml.Field field = fields.field("advice");
        List<String> advice = new ArrayList<>();
        if (field == null) {
            return advice;
        }
        List<Yaml> given = field.value() instanceof Yaml.Items items ? items.items() : List.of(field.value());
        if (given.size() > MAX_ADVICE) {
            reader.problem(field.line(), name + ".advice must be at most " + MAX_ADVICE + " sentences");
        }
        for (Yaml one : given) {
            Yaml.Scalar scalar = reader.scalar(name + ".advice", one);
            if (scalar != null) {
                advice.add(sentence(scalar, name + ".advice"));
            }
        }
        return advice;
    }

    private Yaml.@Nullable Field kind(Yaml.Mapping fields, String name) {
        Yaml.Field kind = null;
        for (Yaml.Field field : fields.fields()) {
            if (KINDS.contains(field.key())) {
                if (kind != null) {
                    reader.problem(
                            field.line(),
                            name + " has " + kind.key() + " already; write a second rule for " + field.key());
                } else {
                    kind = field;
                }
            }
        }
        if (kind == null) {
            reader.problem(fields.line(), name + " needs one of " + String.join(", ", KINDS));
        }
        return kind;
    }

    private Yaml.@Nullable Scalar scalar(Yaml.Mapping fields, String key, String name) {
        Yaml.Field field = fields.field(key);
        return field == null ? null : reader.scalar(name + "." + key, field.value());
    }
}
