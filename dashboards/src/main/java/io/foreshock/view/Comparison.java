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
 * @param pairs which incident of the one is which of the other; what is in no pair is there with one of them alone
 */
public record Comparison(
        String first, List<Incident> ofFirst, String second, List<Incident> ofSecond, List<Pair> pairs) {

    /**
     * The same incident in two configurations.
     *
     * @param first its id in the one
     * @param second its id in the other
     */
    public record Pair(String first, String second) {}

    public Comparison {
        ofFirst = List.copyOf(ofFirst);
        ofSecond = List.copyOf(ofSecond);
        pairs = List.copyOf(pairs);
    }
}
