package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.Map;
import org.yaml.snakeyaml.Yaml;

/** Holds answers against the description that the server itself gives. */
final class OpenApi {
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final ObjectNode description;

    OpenApi(String yaml) {
        Map<String, Object> read = new Yaml().load(yaml);
        description = new ObjectMapper().valueToTree(read);
    }

    /** Checks media type and content of an answer to a request on this path of the description. */
    JsonNode check(String method, String path, HttpResponse<String> answer) throws Exception {
        JsonNode operation = description.at("/paths/" + path.replace("~", "~0").replace("/", "~1") + "/" + method);
        assertThat(operation.isObject()).as("%s %s is described", method, path).isTrue();
        JsonNode responses = operation.get("responses");
        JsonNode response = responses.path(String.valueOf(answer.statusCode()));
        if (response.isMissingNode()) {
            response = responses.get("default");
        }
        if (response.has("$ref")) {
            response = description.at(response.get("$ref").asText().substring(1));
        }
        String type = answer.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "");
        JsonNode content = response.get("content");
        assertThat(content.has(type))
                .as("%s %s answers with %s: %s", method, path, type, answer.body())
                .isTrue();
        JsonNode json = new ObjectMapper().readTree(answer.body());
        assertThat(violations(content.get(type).get("schema"), json))
                .as("%s %s: %s", method, path, answer.body())
                .isEmpty();
        return json;
    }

    /** What the schema of this name has against it. */
    String violations(String schema, JsonNode json) {
        return violations(new ObjectMapper().createObjectNode().put("$ref", "#/components/schemas/" + schema), json);
    }

    private String violations(JsonNode schema, JsonNode json) {
        ObjectNode whole = schema.deepCopy();
        whole.set("components", description.get("components"));
        StringBuilder said = new StringBuilder();
        SCHEMAS.getSchema(whole)
                .validate(json)
                .forEach(error -> said.append(error).append('\n'));
        return said.toString();
    }
}
