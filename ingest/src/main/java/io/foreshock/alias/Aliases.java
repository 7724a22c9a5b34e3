package io.foreshock.alias;

import io.foreshock.telemetry.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The alias table: from the names that frameworks log to the canonical signals.
 *
 * <p>The rules stand at the top of {@code aliases.csv}: a canonical name stays; a line that applies decides, the
 * earlier one when several names of an event mean one signal; a leading {@code train/} is taken off when no line
 * applies to the full name; any other name passes through. Immutable and safe to share.
 */
public final class Aliases {
    /** What HF integrations, OpenRLHF and nanoGPT put before every training metric. */
    static final String TRAIN = "train/";

    private static final Aliases STANDARD = new Aliases(load());

    private final List<Alias> lines;
    private final Map<String, List<Integer>> byName = new HashMap<>();
    private final List<Integer> patterns = new ArrayList<>();

    Aliases(List<Alias> lines) {
        this.lines = List.copyOf(lines);
        for (int i = 0; i < lines.size(); i++) {
            String name = lines.get(i).name();
            if (name.indexOf('*') >= 0) {
                patterns.add(i);
            } else {
                byName.computeIfAbsent(name, key -> new ArrayList<>()).add(i);
            }
        }
    }

    /** The table that comes with Foreshock. */
    public static Aliases standard() {
        return STANDARD;
    }

    /** All lines, in order of precedence. */
    public List<Alias> lines() {
        return lines;
    }

    /** What {@code logged} can mean. Not cached: see {@link MetricCollector}. */
    MetricName resolve(String logged) {
        Signal canonical = Signal.of(logged);
        if (canonical != null) {
            return new MetricName(canonical.key(), List.of(new MetricName.Meaning(canonical, 0, 1, null)));
        }
        List<MetricName.Meaning> meanings = new ArrayList<>();
        addLines(logged, meanings);
        if (logged.startsWith(TRAIN)) {
            String bare = logged.substring(TRAIN.length());
            Signal bareCanonical = Signal.of(bare);
            if (bareCanonical != null) {
                meanings.add(new MetricName.Meaning(bareCanonical, 1, 1, null));
            } else {
                addLines(bare, meanings);
            }
        }
        return new MetricName(logged, List.copyOf(meanings));
    }

    private void addLines(String logged, List<MetricName.Meaning> out) {
        for (int line : byName.getOrDefault(logged, List.of())) {
            out.add(meaning(line));
        }
        for (int line : patterns) {
            if (lines.get(line).matches(logged)) {
                out.add(meaning(line));
            }
        }
    }

    private MetricName.Meaning meaning(int line) {
        Alias alias = lines.get(line);
        return new MetricName.Meaning(alias.signal(), 2 + line, alias.scale(), alias.when());
    }

    private static List<Alias> load() {
        try (InputStream in = Aliases.class.getResourceAsStream("aliases.csv")) {
            if (in == null) {
                throw new IllegalStateException("aliases.csv is missing from the class path");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads the table's text.
     *
     * @throws IllegalArgumentException naming the line that is wrong
     */
    static List<Alias> parse(String table) {
        List<Alias> aliases = new ArrayList<>();
        boolean header = true;
        int number = 0;
        for (String line : table.split("\n", -1)) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] cells = line.split(",", 6);
            if (cells.length < 5) {
                throw new IllegalArgumentException(
                        "aliases.csv line " + number + ": needs canonical, framework, alias, scale, when, note");
            }
            if (header) {
                header = false;
                continue;
            }
            aliases.add(alias(cells, number));
        }
        return aliases;
    }

    private static Alias alias(String[] cells, int number) {
        String canonical = cells[0].strip();
        Signal signal = Signal.of(canonical);
        if (signal == null && !canonical.equals("-")) {
            throw new IllegalArgumentException("aliases.csv line " + number + ": no signal is called " + canonical);
        }
        String name = cells[2].strip();
        if (name.isEmpty() || name.indexOf('*') != name.lastIndexOf('*')) {
            throw new IllegalArgumentException(
                    "aliases.csv line " + number + ": alias must be a name with at most one *");
        }
        String scale = cells[3].strip();
        return new Alias(
                signal,
                cells[1].strip(),
                name,
                scale.isEmpty() ? 1 : Double.parseDouble(scale),
                condition(cells[4].strip()),
                cells.length > 5 ? cells[5].strip() : "");
    }

    private static Alias.@Nullable Condition condition(String text) {
        if (text.isEmpty()) {
            return null;
        }
        return text.startsWith("!") ? new Alias.Condition(text.substring(1), false) : new Alias.Condition(text, true);
    }
}
