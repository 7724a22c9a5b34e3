package io.foreshock.board;

import io.foreshock.incident.Incident;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes incidents small: texts that thousands of them have in common are kept once, and windows not at all. */
final class Shared {
    /** Texts are few, unless somebody makes them up. */
    private static final int CAPACITY = 20_000;

    private final Map<Object, Object> pool = new HashMap<>();

    /** The same without its window. */
    Incident lean(Incident full) {
        return new Incident(
                full.id(),
                text(full.run()),
                full.attempt(),
                text(full.signature()),
                text(full.series()),
                full.seriesCount(),
                full.severity(),
                full.status(),
                full.onsetStep(),
                full.detectedStep(),
                full.step(),
                full.ts(),
                full.value(),
                full.threshold(),
                text(full.unit()),
                full.forecast(),
                full.summary(),
                lines(full.advice()),
                full.story(),
                text(full.reference()),
                Incident.Window.EMPTY,
                full.muted(),
                full.acknowledged());
    }

    private String text(String text) {
        return (String) kept(text);
    }

    @SuppressWarnings("unchecked") // What is kept under a list is an equal list.
    private List<String> lines(List<String> lines) {
        return (List<String>) kept(lines);
    }

    private Object kept(Object value) {
        if (pool.size() >= CAPACITY) {
            pool.clear();
        }
        Object known = pool.putIfAbsent(value, value);
        return known == null ? value : known;
    }
}
