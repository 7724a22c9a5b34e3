package io.foreshock.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.InflaterInputStream;

/** Reads what {@link ViewJson} wrote, as a browser would. */
final class Drawn {
    static final ObjectMapper MAPPER = new ObjectMapper();

    private Drawn() {}

    static String text(RunView... runs) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ViewJson.write("today", Map.of("foreshock", "1"), List.of(runs), out);
        return out.toString(StandardCharsets.UTF_8);
    }

    /** The only run of the document. */
    static JsonNode run(RunView run) throws IOException {
        return MAPPER.readTree(text(run)).path("runs").path(0);
    }

    static JsonNode metric(JsonNode run, String name) {
        for (JsonNode metric : run.path("metrics")) {
            if (metric.path("name").asText().equals(name)) {
                return metric;
            }
        }
        throw new AssertionError("no metric " + name + " in " + run.path("metrics"));
    }

    static double[] column(JsonNode column) throws IOException {
        byte[] packed = Base64.getDecoder().decode(column.path("data").asText());
        byte[] sorted = new InflaterInputStream(new ByteArrayInputStream(packed)).readAllBytes();
        int count = column.path("count").asInt();
        int size = Character.digit(column.path("type").asText().charAt(1), 10);
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++) {
            ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
            for (int b = 0; b < size; b++) {
                bytes.put(sorted[b * count + i]);
            }
            bytes.flip();
            numbers[i] = size == 8 ? bytes.getDouble() : size == 4 ? bytes.getFloat() : bytes.get();
        }
        return numbers;
    }
}
