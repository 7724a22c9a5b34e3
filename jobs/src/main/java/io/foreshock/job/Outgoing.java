package io.foreshock.job;

import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/**
 * A record as it will lie in Kafka. The judge's operator writes its JSON at once, so that nothing but bytes reaches the
 * sinks. The arrays must not be changed.
 *
 * @param key the incident's id, or the run; null where the run is not known
 * @param value one JSON object
 */
public record Outgoing(byte @Nullable [] key, byte[] value) {
    public static final TypeInformation<Outgoing> TYPE = new OwnType<>(Outgoing.class, new OutgoingSerializer());

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Outgoing that && Arrays.equals(key, that.key) && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(key) + Arrays.hashCode(value);
    }
}
