package io.foreshock.settings;

import io.foreshock.detect.Signature;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one block of a settings file says of one signature. What is null or missing it does not say.
 *
 * @param enabled whether the signature is looked for
 * @param observe whether it only looks on
 * @param calm rows without a finding that resolve its incident
 * @param changes the detector's settings, by name
 */
record Tuning(
        @Nullable Boolean enabled,
        @Nullable Boolean observe,
        @Nullable Integer calm,
        Map<String, Object> changes) {
    static final Tuning NONE = new Tuning(null, null, null, Map.of());

    Tuning {
        changes = new LinkedHashMap<>(changes);
    }

    /** The signature as this block wants it, as far as that can be had: what other blocks said may contradict. */
    Signature tune(Signature signature) {
        Signature tuned = signature;
        try {
            tuned = tuned.tuned(changes);
        } catch (IllegalArgumentException e) {
            // Each block is valid by itself; where two patterns together are not, the earlier one stands.
            tuned = signature;
        }
        return calm == null ? tuned : tuned.calmAfter(calm);
    }
}
