package io.foreshock.detect;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The names and ranges of detector settings, as people write them in a settings file. */
public final class Setting {
    private Setting() {}

    /** How a record component is called in a settings file: {@code growingRows} is {@code growing_rows}. */
    public static String key(String component) {
        return component.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    /**
     * Holds a setting to its range.
     *
     * @param component the record component, for example {@code growingRows}
     * @param range what is allowed, for people: {@code ">= 1 row"}
     * @throws IllegalArgumentException naming the setting, its range and the value, unless {@code holds}
     */
    public static void check(boolean holds, String slug, String component, String range, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(slug + "." + key(component) + " must be " + range + ", got " + value);
        }
    }

    /** The settings of a detector by name, in the order of the record. */
    public static Map<String, Object> of(Record settings) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                values.put(key(component.getName()), component.getAccessor().invoke(settings));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("setting " + component.getName() + " cannot be read", e);
            }
        }
        return values;
    }
}
