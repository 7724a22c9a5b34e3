package io.foreshock.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.sym.ByteQuadsCanonicalizer;
import java.lang.reflect.Field;

/** How many names Jackson remembers between the events of a reader. */
final class NameTable {
    private NameTable() {}

    static int size(EventReader reader) {
        try {
            Field json = EventReader.class.getDeclaredField("json");
            json.setAccessible(true);
            Field symbols = JsonFactory.class.getDeclaredField("_byteSymbolCanonicalizer");
            symbols.setAccessible(true);
            return ((ByteQuadsCanonicalizer) symbols.get(json.get(reader))).size();
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
