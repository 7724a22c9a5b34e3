package io.foreshock.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Json;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Why a request is not answered, as RFC 9457 has it: which field, what was given, what to do. */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Media type of {@link #json}. */
    public static final String TYPE = "application/problem+json";

    /** Of {@link #retryAfter} when it makes no sense to come again. */
    private static final int NEVER = -1;

    private final int status;
    private final String title;
    private final @Nullable String field;
    private final @Nullable String value;

    private final int retryAfter;

    private Problem(int status, String title, String detail, @Nullable String field, @Nullable String value) {
        this(status, title, detail, field, value, NEVER);
    }

    private Problem(
            int status, String title, String detail, @Nullable String field, @Nullable String value, int retryAfter) {
        super(detail);
        this.retryAfter = retryAfter;
        this.status = status;
        this.title = title;
        this.field = field;
        this.value = value;
    }

    /** A field that is not as it has to be. */
    public static Problem badField(String field, String rule, @Nullable String value) {
        String given = value == null ? "nothing" : Excerpt.quote(value);
        return new Problem(400, "Wrong value", field + " " + rule + ", got " + given, field, value);
    }

    /** A request that is wrong as a whole. */
    public static Problem badRequest(String detail) {
        return new Problem(400, "Wrong request", detail, null, null);
    }

    /** Nothing of this name. */
    public static Problem notFound(String field, String value, String detail) {
        return new Problem(404, "Not found", detail, field, value);
    }

    /** A change, or a page, that is not for this caller. */
    public static Problem forbidden(String detail) {
        return new Problem(403, "Forbidden", detail, null, null);
    }

    /** Not now. */
    public static Problem unavailable(String detail) {
        return new Problem(503, "Unavailable", detail, null, null);
    }

    /** Another status of the protocol. */
    public static Problem of(int status, String title, String detail) {
        return new Problem(status, title, detail, null, null);
    }

    /**
     * The same, with the time after which the same request may be answered.
     *
     * @param seconds {@code >= 0}
     */
    public Problem retryAfter(int seconds) {
        return new Problem(status, title, String.valueOf(getMessage()), field, value, seconds);
    }

    /** Seconds after which to come again, for the header {@code Retry-After}; absent where that would not help. */
    public OptionalInt retryAfter() {
        return retryAfter == NEVER ? OptionalInt.empty() : OptionalInt.of(retryAfter);
    }

    public int status() {
        return status;
    }

    /** The body of the answer. */
    public byte[] json() {
        return Json.object(this::fields);
    }

    private void fields(JsonGenerator out) throws IOException {
        out.writeStringField("type", "about:blank");
        out.writeStringField("title", title);
        out.writeNumberField("status", status);
        out.writeStringField("detail", String.valueOf(getMessage()));
        if (field != null) {
            out.writeStringField("field", field);
            out.writeStringField("value", value == null ? null : Excerpt.sentence(value));
        }
    }
}
