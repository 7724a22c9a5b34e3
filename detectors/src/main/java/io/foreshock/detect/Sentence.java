package io.foreshock.detect;

import java.util.Locale;

/**
 * A sentence for people that is put into words when somebody reads it. A detector finds something on every row on which
 * its signature holds, and nearly all of these findings change nothing that anybody is told: formatting them all took
 * a fifth of the time of judging.
 *
 * <p>The values are those of the moment at which the sentence was made, so they must not change afterwards: numbers,
 * strings, and other sentences as parts of this one.
 */
public final class Sentence {
    /** Says nothing: for a part that is left out. */
    public static final Sentence NONE = of("");

    private final String form;
    private final Object[] values;

    private Sentence(String form, Object[] values) {
        this.form = form;
        this.values = values;
    }

    /**
     * @param form as of {@link String#format(Locale, String, Object...)}, in which a part that is a sentence is
     *     {@code %s}
     * @param values what goes into it
     */
    public static Sentence of(String form, Object... values) {
        return new Sentence(form, values);
    }

    /** This one with another right behind it. */
    public Sentence and(Sentence next) {
        return of("%s%s", this, next);
    }

    /** In words. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, form, values);
    }
}
