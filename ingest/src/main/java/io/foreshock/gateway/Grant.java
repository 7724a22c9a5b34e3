package io.foreshock.gateway;

import io.foreshock.http.Problem;
import io.foreshock.settings.Glob;
import io.foreshock.wire.Excerpt;
import java.util.List;

/**
 * What a sender may do: write, and listen to, runs whose names match one of the patterns.
 *
 * @param name whose it is, for messages and metrics; no secret
 * @param runs patterns with {@code *} and {@code ?}
 */
record Grant(String name, List<String> runs) {
    /** Where no tokens are asked for. */
    static final Grant ANYBODY = new Grant("anybody", List.of("*"));

    /** @throws Problem 403 if the run is not among them */
    void require(String run) {
        for (String pattern : runs) {
            if (Glob.matches(pattern, run)) {
                return;
            }
        }
        throw Problem.forbidden("the token of " + name + " is not for run " + Excerpt.quote(run) + ", only for "
                + String.join(", ", runs) + "; nothing of the body was written");
    }
}
