package io.foreshock.detect;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
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

    /**
     * The same settings with some of them changed.
     *
     * @param slug of the signature, for the message
     * @param changes by key, as they were read: {@link Long}, {@link Double}, {@link Boolean} or {@link String}
     * @throws IllegalArgumentException naming the first setting that is unknown, of the wrong type or out of range
     */
    static <C extends Record> C changed(String slug, C settings, Map<String, Object> changes) {
        Map<String, Object> values = of(settings);
        RecordComponent[] components = settings.getClass().getRecordComponents();
        for (Map.Entry<String, Object> change : changes.entrySet()) {
            if (!values.containsKey(change.getKey())) {
                throw new IllegalArgumentException(slug + " has no setting " + change.getKey());
            }
        }
        Object[] arguments = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            String key = key(components[i].getName());
            types[i] = components[i].getType();
            Object change = changes.get(key);
            arguments[i] = change == null ? values.get(key) : converted(slug, key, change, types[i]);
        }
        try {
            @SuppressWarnings("unchecked") // The class of a C is a Class of C.
            Constructor<C> canonical = (Constructor<C>) settings.getClass().getDeclaredConstructor(types);
            canonical.setAccessible(true);
            return canonical.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                throw refused;
            }
            throw new IllegalStateException(slug + " cannot be set to " + Arrays.toString(arguments), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("settings of " + slug + " cannot be made", e);
        }
    }

    private static Object converted(String slug, String key, Object value, Class<?> type) {
        String name = slug + "." + key;
        if (type == double.class) {
            if (value instanceof Number number && !Double.isNaN(number.doubleValue())) {
                return number.doubleValue();
            }
            throw new IllegalArgumentException(name + " must be a number, got " + value);
        }
        if (type == int.class) {
            if (value instanceof Long whole && whole == whole.intValue()) {
                return whole.intValue();
            }
            throw new IllegalArgumentException(name + " must be a whole number, got " + value);
        }
        if (type == long.class) {
            if (value instanceof Long whole) {
                return whole;
            }
            throw new IllegalArgumentException(name + " must be a whole number, got " + value);
        }
        if (type == boolean.class) {
            if (value instanceof Boolean) {
                return value;
            }
            throw new IllegalArgumentException(name + " must be true or false, got " + value);
        }
        throw new IllegalStateException(name + " is of a type that no settings file can hold: " + type);
    }
}
