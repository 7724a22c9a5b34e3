package io.foreshock.job;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/** A {@link SettingsRecord}, on its way and in broadcast state. */
final class SettingsSerializer extends OwnSerializer<SettingsRecord> {
    @Override
    public void serialize(SettingsRecord record, DataOutputView out) throws IOException {
        out.writeLong(record.offset());
        write(record.key(), out);
        write(record.value(), out);
    }

    private static void write(byte @Nullable [] bytes, DataOutputView out) throws IOException {
        out.writeBoolean(bytes != null);
        if (bytes != null) {
            EventSerializer.writeBytes(bytes, out);
        }
    }

    @Override
    public SettingsRecord deserialize(DataInputView in) throws IOException {
        return new SettingsRecord(in.readLong(), read(in), read(in));
    }

    private static byte @Nullable [] read(DataInputView in) throws IOException {
        return in.readBoolean() ? EventSerializer.readBytes(in) : null;
    }

    @Override
    public SettingsRecord createInstance() {
        return new SettingsRecord(0, null, null);
    }

    @Override
    public SettingsSerializer duplicate() {
        return this;
    }

    @Override
    public TypeSerializerSnapshot<SettingsRecord> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1. */
    public static final class Snapshot extends OwnSnapshot<SettingsRecord> {
        public Snapshot() {
            super(1, SettingsSerializer::new);
        }
    }
}
