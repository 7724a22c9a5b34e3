package io.foreshock.telemetry;

/**
 * A record that could not be read or judged, kept whole with the reason.
 *
 * @param reason one of a small closed set, fit for a metric label
 * @param detail a sentence that names the field, the value and the limit
 * @param run the run's id as far as it is known, else empty
 * @param partition Kafka partition, or {@link StepSample#NONE}
 * @param offset Kafka offset or line number, or {@link StepSample#NONE}
 * @param raw the record's bytes as they came, cut at {@link #RAW_LIMIT}; empty where only a part of a record is rejected
 */
public record Rejected(Reason reason, String detail, String run, int partition, long offset, byte[] raw) {
    /** Bytes of the original that travel with a rejection. */
    public static final int RAW_LIMIT = 64 * 1024;

    /** Why a record is rejected. */
    public enum Reason {
        /** Not a JSON object, or cut off, or not UTF-8. */
        NOT_JSON,
        /** No run id in body or key (or an empty or overlong one). */
        NO_RUN,
        /** Step missing, not an integer, or negative. */
        BAD_STEP,
        /** A known field has the wrong type or is out of range. */
        BAD_FIELD,
        /** A metric's value is no number, array, or array of arrays of numbers, or its layers differ in length. */
        BAD_METRIC,
        /** Nested deeper than layer and head. */
        TOO_DEEP,
        /** More bytes than one event may have. */
        TOO_LARGE,
        /** More metrics or numbers than one event, or more metric names or ranks than one run, may have. */
        TOO_MANY_SERIES,
        /** Key and body name different runs. */
        KEY_MISMATCH,
        /** A record of the settings topic that says nothing that can be done. */
        BAD_SETTINGS,
        /** A detector failed on it: a fault of ours. The detector judges this run no more; all others do. */
        DETECTOR_FAILED
    }
}
