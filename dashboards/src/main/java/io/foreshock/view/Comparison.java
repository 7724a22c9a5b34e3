package io.foreshock.view;

import io.foreshock.incident.Incident;
import java.util.List;

/**
 * What two configurations say of the same run.
 *
 * @param first the one, for people: {@code as it comes}, {@code foreshock.yaml}
 * @param ofFirst the last state of each of its incidents
 * @param second the other
 * @param ofSecond the last state of each of its incidents
 */
public record Comparison(String first, List<Incident> ofFirst, String second, List<Incident> ofSecond) {
    public Comparison {
        ofFirst = List.copyOf(ofFirst);
        ofSecond = List.copyOf(ofSecond);
    }
}
