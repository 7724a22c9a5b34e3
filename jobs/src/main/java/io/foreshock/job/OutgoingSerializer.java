package io.foreshock.job;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** An {@link Outgoing}. Only where a sink is not chained to the judge does one cross a wire. */
final class OutgoingSerializer extends OwnSerializer<Outgoing> {
    @Override
    public void serialize(Outgoing outgoing, DataOutputView out) throws IOException {
        byte[] key = outgoing.key();
        out.writeBoolean(key != null);
        if (key != null) {
            EventSerializer.writeBytes(key, out);
        }
        EventSerializer.writeBytes(outgoing.value(), out);
    }

    @Override
    public Outgoing deserialize(DataInputView in) throws IOException {
        byte[] key = in.readBoolean() ? EventSerializer.readBytes(in) : null;
        return new Outgoing(key, EventSerializer.readBytes(in));
    }

    @Override
    public Outgoing createInstance() {
        return new Outgoing(null, new byte[0]);
    }

    @Override
    public OutgoingSerializer duplicate() {
        return this;
    }

    @Override
    public TypeSerializerSnapshot<Outgoing> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1. */
    public static final class Snapshot extends OwnSnapshot<Outgoing> {
        public Snapshot() {
            super(1, OutgoingSerializer::new);
        }
    }
}
