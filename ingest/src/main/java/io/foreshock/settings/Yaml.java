package io.foreshock.settings;

import io.foreshock.settings.SettingsException.Problem;
import io.foreshock.wire.Excerpt;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.events.StreamEndEvent;
import org.yaml.snakeyaml.events.StreamStartEvent;

/**
 * A YAML text (or JSON, which is YAML too) as a tree whose parts know their lines. Made from the parser's events: what
 * is not needed (aliases, tags, several documents) is refused, so that a small text cannot become a large tree.
 */
public sealed interface Yaml {
    /** Longest text that is read, several hundred times a usual one. */
    int MAX_CHARS = 1 << 20;

    /** Settings need five levels. */
    int MAX_DEPTH = 20;

    /** Line, from 1. */
    int line();

    /** A text, number, truth value or nothing. */
    record Scalar(int line, String text, boolean plain) implements Yaml {
        private static final Pattern WHOLE = Pattern.compile("[-+]?[0-9](_?[0-9])*");
        private static final Pattern NUMBER =
                Pattern.compile("[-+]?(\\.[0-9]+|[0-9](_?[0-9])*(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

        /** What it means: {@link Boolean}, {@link Long}, {@link Double}, {@link String}, or null. */
        @Nullable
        public Object value() {
            switch (text) {
                // JSON has to put infinities into quotes.
                case ".inf", "+.inf", "Infinity":
                    return Double.POSITIVE_INFINITY;
                case "-.inf", "-Infinity":
                    return Double.NEGATIVE_INFINITY;
                default:
                    return plain ? plainValue() : text;
            }
        }

        private @Nullable Object plainValue() {
            switch (text) {
                case "", "~", "null", "Null", "NULL":
                    return null;
                case "true", "True", "TRUE":
                    return true;
                case "false", "False", "FALSE":
                    return false;
                default:
                    break;
            }
            String digits = text.replace("_", "");
            // Beyond 18 digits a long may overflow.
            if (WHOLE.matcher(text).matches() && digits.length() <= 18) {
                return Long.valueOf(digits);
            }
            return NUMBER.matcher(text).matches() ? (Object) Double.valueOf(digits) : text;
        }
    }

    /** Fields by name, in the order of the text. */
    record Mapping(int line, List<Field> fields) implements Yaml {
        @Nullable
        public Field field(String key) {
            for (Field field : fields) {
                if (field.key.equals(key)) {
                    return field;
                }
            }
            return null;
        }
    }

    /** Items in a row. */
    record Items(int line, List<Yaml> items) implements Yaml {}

    /** One field of a mapping. */
    record Field(int line, String key, Yaml value) {}

    /**
     * Reads a text; an empty one is a mapping without fields.
     *
     * @throws SettingsException when it is no YAML, too large, too deep, or uses what is refused
     */
    static Yaml read(String source, String text) throws SettingsException {
        if (text.length() > MAX_CHARS) {
            throw problem(source, 1, "settings must have at most " + MAX_CHARS + " characters, got " + text.length());
        }
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MAX_CHARS);
        try {
            Iterator<Event> events = new org.yaml.snakeyaml.Yaml(options)
                    .parse(new StringReader(text))
                    .iterator();
            return new Reading(source, events).document();
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            throw problem(source, line, "not YAML: " + Excerpt.sentence(String.valueOf(e.getProblem())));
        } catch (YAMLException e) {
            throw problem(source, 1, "not YAML: " + Excerpt.sentence(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            // The parser is not always prepared for the worst.
            throw problem(source, 1, "not YAML: " + Excerpt.sentence(e.toString()));
        }
    }

    private static SettingsException problem(String source, int line, String message) {
        return new SettingsException(source, List.of(new Problem(line, message)));
    }

    /** Builds the tree. */
    final class Reading {
        private final String source;
        private final Iterator<Event> events;

        Reading(String source, Iterator<Event> events) {
            this.source = source;
            this.events = events;
        }

        Yaml document() throws SettingsException {
            Event event = events.next();
            while (event instanceof StreamStartEvent || event instanceof DocumentStartEvent) {
                event = events.next();
            }
            if (event instanceof StreamEndEvent) {
                return new Mapping(1, List.of());
            }
            Yaml root = node(event, 0);
            event = events.next();
            while (event instanceof DocumentEndEvent) {
                event = events.next();
            }
            if (!(event instanceof StreamEndEvent)) {
                throw problem(source, line(event), "settings must be one YAML document; a second one begins here");
            }
            return root;
        }

        private Yaml node(Event event, int depth) throws SettingsException {
            if (depth > MAX_DEPTH) {
                throw problem(source, line(event), "settings must be at most " + MAX_DEPTH + " levels deep");
            }
            if (event instanceof ScalarEvent scalar) {
                return new Scalar(
                        line(event), scalar.getValue(), scalar.getImplicit().canOmitTagInPlainScalar());
            }
            if (event instanceof SequenceStartEvent) {
                List<Yaml> items = new ArrayList<>();
                for (Event next = events.next(); !(next instanceof SequenceEndEvent); next = events.next()) {
                    items.add(node(next, depth + 1));
                }
                return new Items(line(event), items);
            }
            if (event instanceof MappingStartEvent) {
                return mapping(line(event), depth);
            }
            String what = event instanceof AliasEvent alias ? "*" + Excerpt.plain(alias.getAnchor()) : "this";
            throw problem(source, line(event), "aliases are not supported: write out what " + what + " stands for");
        }

        private Mapping mapping(int line, int depth) throws SettingsException {
            List<Field> fields = new ArrayList<>();
            Map<String, Integer> lines = new HashMap<>();
            for (Event next = events.next(); !(next instanceof MappingEndEvent); next = events.next()) {
                if (!(next instanceof ScalarEvent key)) {
                    throw problem(source, line(next), "a key must be a name");
                }
                Integer before = lines.put(key.getValue(), line(next));
                if (before != null) {
                    throw problem(
                            source,
                            line(next),
                            Excerpt.plain(key.getValue()) + " is given twice, first in line " + before);
                }
                fields.add(new Field(line(next), key.getValue(), node(events.next(), depth + 1)));
            }
            return new Mapping(line, fields);
        }

        private static int line(Event event) {
            return event.getStartMark().getLine() + 1;
        }
    }
}
