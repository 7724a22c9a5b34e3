package io.foreshock.settings;

import io.foreshock.detect.Signature;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What is looked for in which run: all signatures that are known and the custom rules, as the settings file wants them.
 * Immutable. The same settings and the same run give the same signatures.
 */
public final class Settings {
    /** In a block, stands for every signature. */
    public static final String ALL = "all";

    private final List<Signature> known;
    private final List<Signature> rules;
    private final List<Block> blocks;
    private final RunLabels labels;
    private final byte[] json;

    /**
     * What is said of the runs that match a pattern.
     *
     * @param place {@code defaults}, {@code match.PATTERN} or {@code run.ID}, for people
     * @param pattern the runs, as a glob; or one run's very id
     * @param exact whether it is an id
     * @param tunings by slug, or {@link #ALL}
     */
    record Block(String place, String pattern, boolean exact, Map<String, Tuning> tunings) {
        boolean appliesTo(String run) {
            return exact ? pattern.equals(run) : Glob.matches(pattern, run);
        }
    }

    /**
     * How one signature stands for one run.
     *
     * @param signature as it comes with Foreshock, or as its rule was written
     * @param tuned as it is looked for
     * @param enabled whether it is looked for
     * @param observe whether it only looks on
     * @param places the blocks that say something about it, the last one having the last word
     */
    public record Effective(
            Signature signature, Signature tuned, boolean enabled, boolean observe, List<String> places) {}

    /**
     * @param known the signatures that come with Foreshock
     * @param rules the custom ones
     * @param blocks later ones win
     * @param labels of alerts, by run
     * @param json the whole, as it travels on the settings topic
     */
    Settings(List<Signature> known, List<Signature> rules, List<Block> blocks, RunLabels labels, byte[] json) {
        this.known = List.copyOf(known);
        this.rules = List.copyOf(rules);
        this.blocks = List.copyOf(blocks);
        this.labels = labels;
        this.json = json.clone();
    }

    /** Everything that is known, as it is. */
    public static Settings none(List<Signature> known) {
        return new Settings(known, List.of(), List.of(), RunLabels.NONE, "{}".getBytes(StandardCharsets.UTF_8));
    }

    /** What is looked for in this run, in the order in which it is judged. */
    public List<Signature> signatures(String run) {
        return effective(run).stream()
                .filter(Effective::enabled)
                .map(one -> one.observe() ? one.tuned().observed() : one.tuned())
                .toList();
    }

    /** How every signature stands for this run, disabled ones included. */
    public List<Effective> effective(String run) {
        List<Block> applying =
                blocks.stream().filter(block -> block.appliesTo(run)).toList();
        List<Effective> effective = new ArrayList<>();
        for (Signature signature : all()) {
            effective.add(effective(signature, applying));
        }
        return effective;
    }

    private static Effective effective(Signature signature, List<Block> applying) {
        Signature tuned = signature;
        boolean enabled = true;
        boolean observe = false;
        List<String> places = new ArrayList<>();
        for (Block block : applying) {
            for (String slug : List.of(ALL, signature.slug())) {
                Tuning tuning = block.tunings().get(slug);
                if (tuning != null) {
                    places.add(block.place());
                    tuned = tuning.tune(tuned);
                    enabled = tuning.enabled() == null ? enabled : tuning.enabled();
                    observe = tuning.observe() == null ? observe : tuning.observe();
                }
            }
        }
        return new Effective(signature, tuned, enabled, observe, List.copyOf(places));
    }

    /** Every signature there is, custom rules last. */
    public List<Signature> all() {
        List<Signature> all = new ArrayList<>(known);
        all.addAll(rules);
        return all;
    }

    /** What alerts about this run are labelled with, by name: team, model. */
    public Map<String, String> labels(String run) {
        return labels.of(run);
    }

    /** The custom rules. */
    public List<Signature> rules() {
        return rules;
    }

    /** The same as JSON, as it travels on the settings topic; reading it gives the same settings. */
    public byte[] json() {
        return json.clone();
    }

    /** What the file holds, in a few words. */
    public String summary() {
        long patterns = blocks.stream()
                .filter(block -> block.place().startsWith("match."))
                .count();
        long runs = blocks.stream().filter(Block::exact).count();
        long tuned = blocks.stream()
                .flatMap(block -> block.tunings().keySet().stream())
                .filter(slug -> !slug.equals(ALL))
                .filter(slug -> rules.stream().noneMatch(rule -> rule.slug().equals(slug)))
                .distinct()
                .count();
        return counted(tuned, "signature") + " changed, " + counted(patterns, "pattern") + ", " + counted(runs, "run")
                + ", " + counted(rules.size(), "custom rule");
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
