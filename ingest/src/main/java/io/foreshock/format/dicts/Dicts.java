package io.foreshock.format.dicts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.format.Columns;
import io.foreshock.format.Format;
import io.foreshock.format.JsonObjects;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.util.Map;
import java.util.Set;

/** JSON objects whose own keys are the metrics, one a line; also verl's, which keeps them under {@code data}. */
public final class Dicts implements Format {
    /** The fields of an event of ours that hold numbers: an object with no other number is such an event. */
    private static final Set<String> EVENT = Set.of("step", "rank", "attempt", "ts");

    @Override
    public String name() {
        return "JSON objects";
    }

    @Override
    public String needs() {
        return "line that is a JSON object with a step (called as in CSV) and numbers";
    }

    @Override
    public boolean matches(Source source) {
        return JsonObjects.first(source).stream().anyMatch(Dicts::isRow)
                && JsonObjects.first(source).stream().noneMatch(Dicts::isOurs);
    }

    private static boolean isRow(ObjectNode line) {
        boolean step = false;
        boolean number = line.path(DictsFile.DATA).isObject();
        for (Map.Entry<String, JsonNode> field : line.properties()) {
            boolean isStep = Columns.stepRank(field.getKey()) >= 0;
            step |= isStep && field.getValue().isNumber();
            number |= !isStep && !EVENT.contains(field.getKey()) && field.getValue().isNumber();
        }
        return step && number;
    }

    /** An event, or an alert, which has numbers of its own but is no telemetry. */
    private static boolean isOurs(ObjectNode line) {
        return line.path("metrics").isObject() || line.has("end") || line.has("signature") || line.has("verdicts");
    }

    @Override
    public TelemetryFile open(Source source, String run) {
        return new DictsFile(source, run);
    }
}
