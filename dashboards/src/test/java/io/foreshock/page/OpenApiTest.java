package io.foreshock.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The description and the server have the same routes; {@code RunPageITCase} holds the answers against it. */
class OpenApiTest {
    private static JsonNode description() throws Exception {
        try (InputStream in = RunPage.class.getResourceAsStream("openapi.yaml")) {
            Map<String, Object> yaml = new Yaml().load(in);
            return new ObjectMapper().valueToTree(yaml);
        }
    }

    @Test
    void everyRouteIsDescribedAndWhatIsDescribedIsARoute() throws Exception {
        Set<String> described = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : description().get("paths").properties()) {
            path.getValue()
                    .fieldNames()
                    .forEachRemaining(method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
        }
        Set<String> served = new TreeSet<>();
        for (RunPage.Route route : RunPage.routes(new Api(null, null, null, null, null, null, null, null))) {
            served.add(route.method().name() + " " + route.path());
        }

        assertThat(described).isEqualTo(served);
        assertThat(served).hasSize(16);
    }

    @Test
    void everyAnswerHasASchemaAndEveryParameterOfAPathIsNamed() throws Exception {
        for (Map.Entry<String, JsonNode> path : description().get("paths").properties()) {
            for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                String name = operation.getKey() + " " + path.getKey();
                JsonNode responses = operation.getValue().get("responses");
                assertThat(responses.has("default")).as(name).isTrue();
                responses
                        .at("/200/content")
                        .forEach(content ->
                                assertThat(content.has("schema")).as(name).isTrue());
                boolean run = path.getKey().contains("{run}");
                assertThat(operation.getValue().at("/parameters").toString().contains("/parameters/run"))
                        .as(name)
                        .isEqualTo(run);
            }
        }
    }
}
