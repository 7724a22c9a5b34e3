package io.foreshock.page;

import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.http.Problem;
import io.foreshock.wire.Json;
import java.util.Iterator;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The JSON object that a change brings; a field that is not known is an error, because it is misspelt. */
final class Body {
    private final JsonNode object;

    private Body(JsonNode object) {
        this.object = object;
    }

    /**
     * @param fields that there may be
     * @throws Problem if it is no JSON object, or has others
     */
    static Body read(byte[] json, Set<String> fields) {
        JsonNode object;
        try {
            object = Json.tree(json, "the body");
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(e.getMessage() + "; its fields are " + String.join(", ", fields));
        }
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw Problem.badField(name, "is no field of this; its fields are " + String.join(", ", fields), name);
            }
        }
        return new Body(object);
    }

    /** @throws Problem if it is missing or no text */
    String text(String field) {
        JsonNode value = object.get(field);
        if (value == null || !value.isTextual() || value.textValue().isBlank()) {
            throw Problem.badField(field, "must be a text that is not empty", given(value));
        }
        return value.textValue();
    }

    String textOr(String field, String absent) {
        return object.hasNonNull(field) && !object.get(field).asText().isEmpty() ? text(field) : absent;
    }

    /** @throws Problem if it is there and no whole number {@code >= 1} */
    long positiveOr(String field, long absent) {
        JsonNode value = object.get(field);
        if (value == null || value.isNull()) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.longValue() < 1) {
            throw Problem.badField(field, "must be a whole number >= 1", given(value));
        }
        return value.longValue();
    }

    private static String given(@Nullable JsonNode value) {
        return value == null ? "nothing" : value.isTextual() ? value.textValue() : value.toString();
    }
}
