package io.foreshock.wire;

/** What one event may hold. Beyond these an event is rejected; nothing is cut to fit. */
public final class Limits {
    /** Kafka's own default for a record ({@code message.max.bytes}) is this size, so a larger event would not get in. */
    public static final int MAX_EVENT_BYTES = 1024 * 1024;

    /** Several times what the most verbose trainer logs a step; per-layer numbers belong in arrays, not in names. */
    public static final int MAX_METRICS = 2_000;

    /** Room for 128 layers of 512 heads in one metric. */
    public static final int MAX_NUMBERS = 65_536;

    /** A name becomes a label in dashboards and a key of state. */
    public static final int MAX_NAME_CHARS = 256;

    /** A run id becomes a Kafka key, a file name and a label. */
    public static final int MAX_RUN_CHARS = 256;

    /** An event needs four levels; unknown fields may bring their own, within reason. */
    public static final int MAX_DEPTH = 64;

    /** No sensible number has more digits, and each further one costs time to read. */
    public static final int MAX_NUMBER_CHARS = 1_000;

    /** Ranks are below this: ten times the largest training job known. */
    public static final int MAX_RANKS = 1_048_576;

    /** Attempts are below this: a resume a minute for two years. */
    public static final int MAX_ATTEMPTS = 1_000_000;

    /** Times stamps are below this, the year 2100, so that micro- and nanoseconds are noticed. */
    public static final long MAX_TS = 4_102_444_800_000L;

    private Limits() {}
}
