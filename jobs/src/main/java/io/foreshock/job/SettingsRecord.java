package io.foreshock.job;

import java.util.Arrays;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.jspecify.annotations.Nullable;

/**
 * A record of the settings topic, as it lies there. The arrays must not be changed.
 *
 * @param offset its place in the topic's only partition: the later word wins
 * @param key what it is about
 * @param value what is said, or null to take it back
 */
public record SettingsRecord(long offset, byte @Nullable [] key, byte @Nullable [] value) {
    public static final TypeInformation<SettingsRecord> TYPE =
            new OwnType<>(SettingsRecord.class, new SettingsSerializer());

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SettingsRecord that
                && offset == that.offset
                && Arrays.equals(key, that.key)
                && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(offset) + 31 * Arrays.hashCode(key) + Arrays.hashCode(value);
    }
}
