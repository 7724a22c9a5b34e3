package io.foreshock.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The state of one run. Unlike what travels on streams it changes, so copies are deep. */
final class MemorySerializer extends OwnSerializer<RunMemory> {
    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public void serialize(RunMemory memory, DataOutputView out) throws IOException {
        out.writeLong(memory.timer);
        out.writeLong(memory.arrival);
        out.writeLong(memory.ts);
        byte[] judge = memory.bytes();
        out.writeInt(judge.length);
        out.write(judge);
    }

    @Override
    public RunMemory deserialize(DataInputView in) throws IOException {
        long timer = in.readLong();
        long arrival = in.readLong();
        long ts = in.readLong();
        byte[] judge = new byte[in.readInt()];
        in.readFully(judge);
        RunMemory memory = new RunMemory(judge);
        memory.timer = timer;
        memory.arrival = arrival;
        memory.ts = ts;
        return memory;
    }

    @Override
    public RunMemory copy(RunMemory from) {
        try {
            return from.copy();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public RunMemory copy(RunMemory from, RunMemory reuse) {
        return copy(from);
    }

    @Override
    public RunMemory createInstance() {
        return new RunMemory();
    }

    @Override
    public MemorySerializer duplicate() {
        return this;
    }

    @Override
    public TypeSerializerSnapshot<RunMemory> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Version 1. */
    public static final class Snapshot extends OwnSnapshot<RunMemory> {
        public Snapshot() {
            super(1, MemorySerializer::new);
        }
    }
}
