package io.foreshock.wire;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the codecs of our own topics share: strict about what is missing, tolerant of fields they do not know. */
public final class Json {
    static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

    /** Makes parsers of what others wrote, bounded by {@link Limits} in what they take in and in what they remember of it. */
    public static JsonFactory ofStrangers() {
        return JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(Limits.MAX_DEPTH)
                        .maxNumberLength(Limits.MAX_NUMBER_CHARS)
                        .maxNameLength(Limits.MAX_EVENT_BYTES)
                        .maxStringLength(Limits.MAX_EVENT_BYTES)
                        .build())
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                // Jackson's own table of names is thrown away when it holds more than 6,000; String.intern's would
                // stay.
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                // Names made to collide cost time within one event at most; they must not make other runs' events fail.
                .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                .build();
    }

    /** Writes one object's fields. */
    public interface Fields {
        void writeTo(JsonGenerator out) throws IOException;
    }

    private Json() {}

    /** @throws IllegalArgumentException when a string cannot be written as UTF-8 */
    public static byte[] object(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
            out.writeStartObject();
            fields.writeTo(out);
            out.writeEndObject();
        } catch (JacksonException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** @throws IllegalArgumentException when it is not a JSON object */
    public static JsonNode tree(byte[] json, String what) {
        try {
            JsonNode tree = MAPPER.readTree(json);
            if (tree != null && tree.isObject()) {
                return tree;
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(what + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalArgumentException(what + " must be a JSON object");
    }

    public static String text(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isTextual()) {
            throw wrong(field, "a string", value);
        }
        return value.textValue();
    }

    public static @Nullable String textOrNull(JsonNode object, String field) {
        return object.hasNonNull(field) ? text(object, field) : null;
    }

    public static long integer(JsonNode object, String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.canConvertToLong() || !value.isIntegralNumber()) {
            throw wrong(field, "an integer", value);
        }
        return value.longValue();
    }

    public static long integerOr(JsonNode object, String field, long absent) {
        return object.hasNonNull(field) ? integer(object, field) : absent;
    }

    static int smallInteger(JsonNode object, String field) {
        long value = integer(object, field);
        if (value != (int) value) {
            throw wrong(field, "an integer of 32 bits", object.get(field));
        }
        return (int) value;
    }

    static double number(@Nullable JsonNode value, String field) {
        if (value != null && value.isNumber()) {
            return value.doubleValue();
        }
        if (value != null && value.isTextual()) {
            switch (value.textValue()) {
                case "NaN":
                    return Double.NaN;
                case "Infinity":
                    return Double.POSITIVE_INFINITY;
                case "-Infinity":
                    return Double.NEGATIVE_INFINITY;
                default:
                    break;
            }
        }
        throw wrong(field, "a number", value);
    }

    /** The present value of a parser as a number. */
    static double number(JsonParser parser, String field) throws IOException {
        switch (parser.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT:
                return parser.getDoubleValue();
            case VALUE_STRING:
                return number(MAPPER.getNodeFactory().textNode(parser.getText()), field);
            default:
                throw wrong(field, "a number", null);
        }
    }

    static <E extends Enum<E>> E constant(Class<E> type, String field, String slug) {
        for (E constant : type.getEnumConstants()) {
            if (slug(constant).equals(slug)) {
                return constant;
            }
        }
        throw new IllegalArgumentException(field + " is unknown: " + Excerpt.quote(slug));
    }

    /** An enum constant as it stands on the wire: in lower case. */
    static String slug(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static IllegalArgumentException wrong(String field, String type, @Nullable JsonNode got) {
        return new IllegalArgumentException(field + " must be " + type + ", got "
                + (got == null ? "nothing usable" : Excerpt.plain(got.toString())));
    }
}
