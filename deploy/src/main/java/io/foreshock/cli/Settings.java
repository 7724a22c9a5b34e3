package io.foreshock.cli;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/** A detector's settings by name, as its configuration record declares them. */
final class Settings {
    private Settings() {}

    static Map<String, Object> of(Record config) {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (RecordComponent component : config.getClass().getRecordComponents()) {
            try {
                component.getAccessor().setAccessible(true);
                settings.put(component.getName(), component.getAccessor().invoke(config));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("setting " + component.getName() + " cannot be read", e);
            }
        }
        return settings;
    }
}
