package io.foreshock.job;

import java.io.IOException;
import java.util.function.Supplier;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * What a checkpoint remembers of a serializer of ours: its class, and the version of its format. Subclasses have a
 * constructor without arguments, by which Flink makes them again.
 *
 * <p>When a format changes, raise the version, let the serializer that {@link #restoreSerializer} gives for the older
 * version read the older bytes, and the state is migrated. The judge needs none of this: see {@link RunMemory}.
 */
abstract class OwnSnapshot<T> implements TypeSerializerSnapshot<T> {
    private final int version;
    private final Supplier<TypeSerializer<T>> serializer;
    private int written;

    OwnSnapshot(int version, Supplier<TypeSerializer<T>> serializer) {
        this.version = version;
        this.serializer = serializer;
        this.written = version;
    }

    @Override
    public int getCurrentVersion() {
        return version;
    }

    @Override
    public void writeSnapshot(DataOutputView out) {}

    @Override
    public void readSnapshot(int readVersion, DataInputView in, ClassLoader loader) throws IOException {
        if (readVersion > version) {
            throw new IOException(getClass().getSimpleName() + " has version " + readVersion
                    + ", this Foreshock reads 1 to " + version
                    + ": restore it with the version that wrote it, or start without it");
        }
        written = readVersion;
    }

    @Override
    public TypeSerializer<T> restoreSerializer() {
        return serializer.get();
    }

    @Override
    public TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(TypeSerializerSnapshot<T> old) {
        if (old.getClass() != getClass()) {
            return TypeSerializerSchemaCompatibility.incompatible();
        }
        return ((OwnSnapshot<T>) old).written == version
                ? TypeSerializerSchemaCompatibility.compatibleAsIs()
                : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
    }
}
