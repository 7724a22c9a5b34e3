package io.foreshock.settings;

import io.foreshock.wire.Excerpt;

/** A field of what somebody wants changed is not as it has to be; the message names it, the rule and the value. */
public final class FieldException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String field;
    private final String rule;
    private final String value;

    /**
     * @param rule what it has to be: "must be > 0 steps"
     * @param value what was given
     */
    public FieldException(String field, String rule, String value) {
        super(field + " " + rule + ", got " + Excerpt.quote(value));
        this.field = field;
        this.rule = rule;
        this.value = value;
    }

    public String field() {
        return field;
    }

    public String rule() {
        return rule;
    }

    public String value() {
        return value;
    }
}
