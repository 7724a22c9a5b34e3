package io.foreshock.settings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings.Block;
import io.foreshock.settings.SettingsException.Problem;
import io.foreshock.wire.Excerpt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a settings file: YAML, or the same as JSON. Says all that is wrong with it at once, each with its line, the
 * allowed range and what was given.
 */
public final class SettingsReader {
    /** Signatures are judged at every row: more rules than this are a mistake. */
    private static final int MAX_RULES = 200;

    private static final List<String> SECTIONS = List.of("defaults", "match", "run", "rules", "labels");
    private static final List<String> SWITCHES = List.of("enabled", "observe", "calm");

    /** What a detector says of a setting that it does not take. */
    private static final Pattern REFUSAL =
            Pattern.compile("[a-z_0-9]+\\.([a-z_0-9]+) (must be .*?)(?:, got .*)?", Pattern.DOTALL);

    private static final JsonFactory JSON = new JsonFactory();

    private final List<Signature> known;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Signature> bySlug = new LinkedHashMap<>();

    private SettingsReader(List<Signature> known) {
        this.known = known;
        known.forEach(signature -> bySlug.put(signature.slug(), signature));
    }

    /**
     * Reads a file.
     *
     * @param known the signatures that come with Foreshock
     * @throws SettingsException naming every problem with its line
     * @throws IOException when there is no such file, or it cannot be read
     */
    public static Settings read(Path file, List<Signature> known) throws SettingsException, IOException {
        String name = file.toString();
        if (Files.size(file) > Yaml.MAX_CHARS) {
            throw new SettingsException(
                    name,
                    List.of(new Problem(
                            1, "settings must have at most " + Yaml.MAX_CHARS + " bytes, got " + Files.size(file))));
        }
        return read(name, Files.readAllBytes(file), known);
    }

    /**
     * Reads bytes.
     *
     * @param source what they are called in messages
     * @throws SettingsException naming every problem with its line
     */
    public static Settings read(String source, byte[] bytes, List<Signature> known) throws SettingsException {
        try {
            return read(
                    source,
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(bytes))
                            .toString(),
                    known);
        } catch (CharacterCodingException e) {
            throw new SettingsException(source, List.of(new Problem(1, "not UTF-8")));
        }
    }

    /**
     * Reads a text.
     *
     * @param source what it is called in messages
     * @throws SettingsException naming every problem with its line
     */
    public static Settings read(String source, String text, List<Signature> known) throws SettingsException {
        Yaml root = Yaml.read(source, text);
        SettingsReader reader = new SettingsReader(known);
        Settings settings = reader.settings(root);
        if (!reader.problems.isEmpty()) {
            reader.problems.sort(Comparator.comparingInt(Problem::line));
            throw new SettingsException(source, reader.problems);
        }
        return settings;
    }

    private Settings settings(Yaml root) {
        Map<String, Yaml> sections = new HashMap<>();
        if (!isNothing(root)) {
            for (Yaml.Field field : fields(root, "settings")) {
                if (SECTIONS.contains(field.key())) {
                    sections.put(field.key(), field.value());
                } else {
                    problem(
                            field.line(),
                            "there is no section " + Excerpt.plain(field.key())
                                    + Spelling.known(field.key(), SECTIONS));
                }
            }
        }
        List<RuleReader.Rule> rules = rules(sections.get("rules"));
        Map<String, Tuning> switches = new LinkedHashMap<>();
        for (RuleReader.Rule rule : rules) {
            bySlug.put(rule.signature().slug(), rule.signature());
            switches.put(rule.signature().slug(), rule.switches());
        }
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Block("rules", "*", false, switches));
        Yaml defaults = sections.get("defaults");
        if (defaults != null) {
            blocks.add(block("defaults", "*", false, defaults, new HashMap<>(bySlug)));
        }
        Map<String, Signature> byDefault = new HashMap<>(bySlug);
        blocks.forEach(block -> apply(block, byDefault));
        for (Yaml.Field match : fields(sections.get("match"), "match")) {
            blocks.add(block("match." + match.key(), match.key(), false, match.value(), new HashMap<>(byDefault)));
        }
        List<Block> runs = new ArrayList<>();
        for (Yaml.Field run : fields(sections.get("run"), "run")) {
            Map<String, Signature> ofRun = new HashMap<>(bySlug);
            blocks.stream().filter(block -> block.appliesTo(run.key())).forEach(block -> apply(block, ofRun));
            runs.add(block("run." + run.key(), run.key(), true, run.value(), ofRun));
        }
        blocks.addAll(runs);
        List<Signature> signatures =
                rules.stream().map(RuleReader.Rule::signature).toList();
        RunLabels labels = RunLabels.read(sections.get("labels"), this);
        return new Settings(known, signatures, blocks, labels, problems.isEmpty() ? json(root) : new byte[0]);
    }

    private static void apply(Block block, Map<String, Signature> signatures) {
        signatures.replaceAll((slug, signature) -> {
            Tuning tuning = block.tunings().get(slug);
            return tuning == null ? signature : tuning.tune(signature);
        });
    }

    private Block block(String place, String pattern, boolean exact, Yaml value, Map<String, Signature> signatures) {
        if (pattern.isBlank()) {
            problem(value.line(), place + " must name runs");
        }
        Map<String, Tuning> tunings = new LinkedHashMap<>();
        for (Yaml.Field field : fields(value, place)) {
            String slug = field.key();
            Signature signature = signatures.get(slug);
            if (slug.equals(Settings.ALL)) {
                tunings.put(slug, tuning(slug, null, field));
            } else if (signature != null) {
                tunings.put(slug, tuning(slug, signature, field));
            } else {
                problem(
                        field.line(),
                        place + ": no signature or rule is called " + Excerpt.plain(slug)
                                + Spelling.hint(slug, signatures.keySet()));
            }
        }
        return new Block(place, pattern, exact, tunings);
    }

    /** @param signature as it would be without this block; null for all of them */
    private Tuning tuning(String slug, @Nullable Signature signature, Yaml.Field block) {
        Set<String> settings =
                signature == null ? Set.of() : Setting.of(signature.settings()).keySet();
        Map<String, Yaml.Scalar> given = new LinkedHashMap<>();
        Switches switches = new Switches(slug);
        for (Yaml.Field field : fields(block.value(), slug)) {
            if (settings.contains(field.key())) {
                Yaml.Scalar scalar = scalar(slug + "." + field.key(), field.value());
                if (scalar != null) {
                    given.put(field.key(), scalar);
                }
            } else if (!switches.take(field)) {
                List<String> keys = new ArrayList<>(settings);
                keys.addAll(SWITCHES);
                problem(
                        field.line(),
                        slug + " has no setting " + Excerpt.plain(field.key()) + Spelling.known(field.key(), keys));
            }
        }
        Map<String, Object> changes = signature == null ? Map.of() : changes(slug, signature, given, block.line());
        return new Tuning(switches.enabled, switches.observe, switches.calm, changes);
    }

    /** The changes that the detector takes; what it does not is told, one after the other. */
    private Map<String, Object> changes(String slug, Signature signature, Map<String, Yaml.Scalar> given, int line) {
        Map<String, Object> changes = new LinkedHashMap<>();
        given.forEach((key, scalar) -> changes.put(key, scalar.value()));
        while (!changes.isEmpty()) {
            try {
                signature.tuned(changes);
                break;
            } catch (IllegalArgumentException e) {
                String message = String.valueOf(e.getMessage());
                Matcher refusal = REFUSAL.matcher(message);
                boolean understood = refusal.matches();
                Yaml.Scalar guilty = understood ? given.get(refusal.group(1)) : null;
                if (guilty == null || changes.remove(refusal.group(1)) == null) {
                    // A setting that was not given no longer fits those that were.
                    problem(line, understood ? slug + message.substring(message.indexOf('.')) : message);
                    return Map.of();
                }
                problem(
                        guilty.line(),
                        slug + "." + refusal.group(1) + " " + refusal.group(2) + ", got " + given(guilty));
            }
        }
        return changes;
    }

    private List<RuleReader.Rule> rules(@Nullable Yaml section) {
        List<RuleReader.Rule> rules = new ArrayList<>();
        if (section == null || isNothing(section)) {
            return rules;
        }
        if (!(section instanceof Yaml.Items items)) {
            problem(section.line(), "rules must be a list: each rule begins with a dash");
            return rules;
        }
        if (items.items().size() > MAX_RULES) {
            problem(
                    section.line(),
                    "there must be at most " + MAX_RULES + " rules, got "
                            + items.items().size());
            return rules;
        }
        Set<String> taken = new TreeSet<>(bySlug.keySet());
        for (Yaml item : items.items()) {
            RuleReader.Rule rule = new RuleReader(this, taken).rule(item);
            if (rule != null) {
                rules.add(rule);
                taken.add(rule.signature().slug());
            }
        }
        return rules;
    }

    /** The detector of a rule with these settings, or null after telling what is wrong with them. */
    @Nullable
    Signature tuned(String slug, Signature defaults, Yaml.Field kind) {
        int before = problems.size();
        Map<String, Yaml.Scalar> given = new LinkedHashMap<>();
        Set<String> settings = Setting.of(defaults.settings()).keySet();
        for (Yaml.Field field : fields(kind.value(), slug + "." + kind.key())) {
            if (!settings.contains(field.key())) {
                problem(
                        field.line(),
                        slug + "." + kind.key() + " has no setting " + Excerpt.plain(field.key())
                                + Spelling.known(field.key(), settings));
                continue;
            }
            Yaml.Scalar scalar = scalar(slug + "." + field.key(), field.value());
            if (scalar != null) {
                given.put(field.key(), scalar);
            }
        }
        Map<String, Object> changes = changes(slug, defaults, given, kind.line());
        return problems.size() > before ? null : defaults.tuned(changes);
    }

    void problem(int line, String message) {
        problems.add(new Problem(line, message));
    }

    /** The fields of a mapping; none, after saying so, when it is none. */
    List<Yaml.Field> fields(@Nullable Yaml value, String what) {
        if (value instanceof Yaml.Mapping mapping) {
            return mapping.fields();
        }
        if (value != null && !isNothing(value)) {
            problem(value.line(), Excerpt.plain(what) + " must hold names and values, got " + given(value));
        }
        return List.of();
    }

    /** A value that is there; null, after saying so, when it is none. */
    Yaml.@Nullable Scalar scalar(String what, Yaml value) {
        if (value instanceof Yaml.Scalar scalar) {
            if (scalar.value() != null) {
                return scalar;
            }
            problem(value.line(), what + " has no value");
            return null;
        }
        problem(value.line(), what + " must be one value, got " + given(value));
        return null;
    }

    static String given(Yaml value) {
        if (value instanceof Yaml.Scalar scalar) {
            boolean quoted = scalar.value() instanceof String;
            return quoted ? Excerpt.quote(scalar.text()) : Excerpt.plain(scalar.text());
        }
        return value instanceof Yaml.Items ? "a list" : "names and values";
    }

    static boolean isNothing(Yaml value) {
        return value instanceof Yaml.Scalar scalar && scalar.value() == null;
    }

    /** The switches that every signature has. */
    final class Switches {
        private final String slug;

        @Nullable
        Boolean enabled;

        @Nullable
        Boolean observe;

        @Nullable
        Integer calm;

        Switches(String slug) {
            this.slug = slug;
        }

        /** True if the field is one of them; what is wrong with it has been told. */
        boolean take(Yaml.Field field) {
            if (!SWITCHES.contains(field.key())) {
                return false;
            }
            String what = slug + "." + field.key();
            Yaml.Scalar scalar = scalar(what, field.value());
            if (scalar == null) {
                return true;
            }
            Object value = scalar.value();
            if (field.key().equals("calm")) {
                if (value instanceof Long rows && rows > 0 && rows <= Integer.MAX_VALUE) {
                    calm = rows.intValue();
                } else {
                    problem(scalar.line(), what + " must be a whole number > 0 rows, got " + given(scalar));
                }
            } else if (!(value instanceof Boolean)) {
                problem(scalar.line(), what + " must be true or false, got " + given(scalar));
            } else if (field.key().equals("enabled")) {
                enabled = (Boolean) value;
            } else {
                observe = (Boolean) value;
            }
            return true;
        }
    }

    private static byte[] json(Yaml root) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = JSON.createGenerator(bytes)) {
            if (isNothing(root)) {
                out.writeStartObject();
                out.writeEndObject();
            } else {
                write(root, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(Yaml value, JsonGenerator out) throws IOException {
        if (value instanceof Yaml.Scalar scalar) {
            out.writePOJO(scalar.value());
        } else if (value instanceof Yaml.Items items) {
            out.writeStartArray();
            for (Yaml item : items.items()) {
                write(item, out);
            }
            out.writeEndArray();
        } else if (value instanceof Yaml.Mapping mapping) {
            out.writeStartObject();
            for (Yaml.Field field : mapping.fields()) {
                out.writeFieldName(field.key());
                write(field.value(), out);
            }
            out.writeEndObject();
        }
    }
}
