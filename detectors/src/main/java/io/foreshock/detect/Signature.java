package io.foreshock.detect;

import io.foreshock.state.State;
import io.foreshock.telemetry.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One thing that can go wrong with a run, and the rule that recognises it.
 *
 * @param slug its name in alerts, settings and labels, for example {@code loss_spike}
 * @param title the same for people
 * @param inputs the signals without which it cannot be judged; empty where any metric will do
 * @param oneOf signals of which one at least is needed beside the inputs; empty where the inputs suffice. One that is among the
 *     helpers too tells more than the others
 * @param others what is needed outside the catalogue, for people: names or their form; "" where nothing is
 * @param helpers signals that make the verdict sharper when they are there
 * @param calm rows carrying the inputs, without a finding, after which its incident is resolved, {@code > 0}
 * @param reference the paper it comes from, or "" for a rule of craft
 * @param advice what people do about it, most useful first
 * @param rule how it is recognised
 */
public record Signature(
        String slug,
        String title,
        List<Signal> inputs,
        List<Signal> oneOf,
        String others,
        List<Signal> helpers,
        int calm,
        String reference,
        List<String> advice,
        Rule<?> rule) {

    /**
     * A detector and its settings.
     *
     * @param settings the settings, validated when made
     * @param maker makes the detector from them
     * @param <C> the record of settings
     */
    public record Rule<C extends Record>(C settings, Function<C, Detector<? extends State>> maker) {
        private Detector<? extends State> detector() {
            return maker.apply(settings);
        }

        private Rule<C> tuned(String slug, Map<String, Object> changes) {
            return new Rule<>(Setting.changed(slug, settings, changes), maker);
        }

        private Rule<C> observed() {
            return new Rule<>(settings, maker.andThen(Observing::of));
        }
    }

    public Signature {
        inputs = List.copyOf(inputs);
        oneOf = List.copyOf(oneOf);
        helpers = List.copyOf(helpers);
        advice = List.copyOf(advice);
    }

    /** Begins the description of a signature; {@link Description#detectedBy} ends it. */
    public static Description named(String slug, String title) {
        return new Description(slug, title);
    }

    /** The detector, with its settings. */
    public Detector<? extends State> detector() {
        return rule.detector();
    }

    /** What the detector is set to. */
    public Record settings() {
        return rule.settings;
    }

    /**
     * The same with some of its detector's settings changed.
     *
     * @param changes by name as in a settings file: {@link Long}, {@link Double}, {@link Boolean} or {@link String}
     * @throws IllegalArgumentException naming a setting that is unknown, of the wrong type or out of range
     */
    public Signature tuned(Map<String, Object> changes) {
        return with(calm, rule.tuned(slug, changes));
    }

    /** The same, its incident resolved after another number of rows. */
    public Signature calmAfter(int rows) {
        Setting.check(rows > 0, slug, "calm", "> 0 rows", rows);
        return with(rows, rule);
    }

    /** The same, only looking on: what it finds is info, and calls nobody. */
    public Signature observed() {
        return with(calm, rule.observed());
    }

    private Signature with(int otherCalm, Rule<?> otherRule) {
        return new Signature(slug, title, inputs, oneOf, others, helpers, otherCalm, reference, advice, otherRule);
    }

    /** True if a row, or a run, that has the signals for which {@code has} holds can be judged. */
    public boolean evaluable(Predicate<Signal> has) {
        for (Signal input : inputs) {
            if (!has.test(input)) {
                return false;
            }
        }
        for (Signal choice : oneOf) {
            if (has.test(choice)) {
                return true;
            }
        }
        return oneOf.isEmpty();
    }

    /**
     * What would make it evaluable, for people: canonical names, of which one that has alternatives stands as {@code a or
     * b}. Empty where all it needs is there.
     *
     * @param has signals that the run has logged
     */
    public List<String> missing(Predicate<Signal> has) {
        List<String> missing = new ArrayList<>();
        for (Signal input : inputs) {
            if (!has.test(input)) {
                missing.add(input.key());
            }
        }
        if (!oneOf.isEmpty() && oneOf.stream().noneMatch(has)) {
            missing.add(oneOf.stream().map(Signal::key).collect(Collectors.joining(" or ")));
        }
        if (!others.isEmpty()) {
            missing.add(others);
        }
        return missing;
    }

    /** A signature that is being described. What is left out is empty; {@code calmAfter} is 12 rows. */
    public static final class Description {
        private final String slug;
        private final String title;
        private List<Signal> inputs = List.of();
        private List<Signal> oneOf = List.of();
        private String others = "";
        private List<Signal> helpers = List.of();
        private int calm = 12;
        private String reference = "";
        private List<String> advice = List.of();

        private Description(String slug, String title) {
            this.slug = slug;
            this.title = title;
        }

        /** Signals without which it cannot be judged. */
        public Description needs(Signal... signals) {
            inputs = List.of(signals);
            return this;
        }

        /** Signals of which one at least is needed. */
        public Description needsOneOf(Signal... signals) {
            oneOf = List.of(signals);
            return this;
        }

        /** What is needed outside the catalogue, for people. The detector says whether it came. */
        public Description needsOther(String names) {
            others = names;
            return this;
        }

        /** Signals that make the verdict sharper. */
        public Description helpedBy(Signal... signals) {
            helpers = List.of(signals);
            return this;
        }

        /** Rows without a finding after which its incident is resolved. */
        public Description calmAfter(int rows) {
            calm = rows;
            return this;
        }

        /** The paper it comes from. */
        public Description reference(String paper) {
            reference = paper;
            return this;
        }

        /** What people do about it, most useful first. */
        public Description advice(String... sentences) {
            advice = List.of(sentences);
            return this;
        }

        /** The rule that recognises it, with its default settings. */
        public <C extends Record> Signature detectedBy(C defaults, Function<C, Detector<? extends State>> maker) {
            return new Signature(
                    slug, title, inputs, oneOf, others, helpers, calm, reference, advice, new Rule<>(defaults, maker));
        }
    }
}
