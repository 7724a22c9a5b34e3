package io.foreshock.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** The JSON objects at the beginning of a recording, by which forms of one object a line are told apart. */
public final class JsonObjects {
    /** Lines that are looked at. */
    private static final int LINES = 20;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build());

    private JsonObjects() {}

    /** Those of the first lines that are JSON objects; NaN and Infinity are numbers, as Python writes them. */
    public static List<ObjectNode> first(Source source) {
        List<ObjectNode> objects = new ArrayList<>();
        List<String> lines = source.beginningLines();
        for (String line : lines.subList(0, Math.min(LINES, lines.size()))) {
            if (line.stripLeading().startsWith("{")) {
                try {
                    JsonNode tree = MAPPER.readTree(line);
                    if (tree instanceof ObjectNode object) {
                        objects.add(object);
                    }
                } catch (JsonProcessingException e) {
                    // A line of another kind, or a broken one: the others tell.
                    continue;
                }
            }
        }
        return objects;
    }
}
