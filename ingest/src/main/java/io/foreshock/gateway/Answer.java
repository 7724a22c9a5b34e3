package io.foreshock.gateway;

import io.foreshock.wire.Json;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a sender is told when all of a body is settled: events that the broker has, and those that nobody will ever have.
 *
 * @param accepted how many the broker has
 * @param rejected what is wrong with the others, by their place in the body, from 0
 */
record Answer(int accepted, SortedMap<Integer, Item.Refused> rejected) {
    byte[] json() {
        return Json.object(out -> {
            out.writeNumberField("accepted", accepted);
            out.writeArrayFieldStart("rejected");
            for (Map.Entry<Integer, Item.Refused> item : rejected.entrySet()) {
                out.writeStartObject();
                out.writeNumberField("index", item.getKey());
                out.writeStringField("reason", item.getValue().reason());
                out.writeStringField("detail", item.getValue().detail());
                out.writeEndObject();
            }
            out.writeEndArray();
        });
    }
}
