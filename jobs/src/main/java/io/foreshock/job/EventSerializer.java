package io.foreshock.job;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** An {@link Event}. Only where the source is not chained to what follows does one cross a wire. */
final class EventSerializer extends OwnSerializer<Event> {
    private static final Rejected.Reason[] REASONS = Rejected.Reason.values();

    private final SampleSerializer samples = new SampleSerializer();

    @Override
    public void serialize(Event event, DataOutputView out) throws IOException {
        StepSample sample = event.sample();
        Rejected rejected = event.rejected();
        out.writeBoolean(sample != null);
        if (sample != null) {
            samples.serialize(sample, out);
        } else if (rejected != null) {
            out.writeByte(rejected.reason().ordinal());
            writeText(rejected.detail(), out);
            writeText(rejected.run(), out);
            out.writeInt(rejected.partition());
            out.writeLong(rejected.offset());
            writeBytes(rejected.raw(), out);
        }
    }

    @Override
    public Event deserialize(DataInputView in) throws IOException {
        if (in.readBoolean()) {
            return new Event(samples.deserialize(in), null);
        }
        Rejected.Reason reason = REASONS[in.readByte()];
        String detail = readText(in);
        String run = readText(in);
        int partition = in.readInt();
        long offset = in.readLong();
        return new Event(null, new Rejected(reason, detail, run, partition, offset, readBytes(in)));
    }

    private static void writeText(String text, DataOutputView out) throws IOException {
        writeBytes(text.getBytes(StandardCharsets.UTF_8), out);
    }

    private static String readText(DataInputView in) throws IOException {
        return new String(readBytes(in), StandardCharsets.UTF_8);
    }

    static void writeBytes(byte[] bytes, DataOutputView out) throws IOException {
        Words.writeCount(bytes.length, out);
        out.write(bytes);
    }

    static byte[] readBytes(DataInputView in) throws IOException {
        byte[] bytes = new byte[Words.readCount(in)];
        in.readFully(bytes);
        return bytes;
    }

    @Override
    public Event createInstance() {
        return new Event(samples.createInstance(), null);
    }

    @Override
    public EventSerializer duplicate() {
        return new EventSerializer();
    }

    @Override
    public TypeSerializerSnapshot<Event> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1. */
    public static final class Snapshot extends OwnSnapshot<Event> {
        public Snapshot() {
            super(1, EventSerializer::new);
        }
    }
}
