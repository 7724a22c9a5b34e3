package io.foreshock.job;

import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.io.ObjectInputStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A {@link StepSample} between two tasks. A canonical name is a byte, another is written out; numbers keep all their
 * bits, as {@link StepSample#ABSENT} is told from a NaN by them. About 12 bytes a scalar.
 *
 * <p>Samples lie in no state, and an aligned checkpoint holds none on its way, so both ends always are of the same
 * version and a signal's ordinal may stand for it.
 */
final class SampleSerializer extends OwnSerializer<StepSample> {
    static final TypeInformation<StepSample> TYPE = new OwnType<>(StepSample.class, new SampleSerializer());

    private static final Signal[] SIGNALS = Signal.values();
    private static final RunEnd[] ENDS = RunEnd.values();

    private transient Words words = new Words();

    @Override
    public void serialize(StepSample sample, DataOutputView out) throws IOException {
        words.write(sample.run(), out);
        Words.writeCount(sample.attempt(), out);
        Words.writeCount(sample.rank(), out);
        out.writeLong(sample.step());
        out.writeLong(sample.ts());
        RunEnd end = sample.end();
        out.writeByte(end == null ? 0 : 1 + end.ordinal());
        out.writeInt(sample.partition());
        out.writeLong(sample.offset());
        int count = sample.count();
        Words.writeCount(count, out);
        int numbers = 0;
        for (int i = 0; i < count; i++) {
            Signal signal = Signal.of(sample.name(i));
            if (signal == null) {
                Words.writeCount(0, out);
                words.write(sample.name(i), out);
            } else {
                Words.writeCount(1 + signal.ordinal(), out);
            }
            Words.writeCount(sample.layers(i), out);
            Words.writeCount(sample.heads(i), out);
            numbers += sample.size(i);
        }
        Words.writeCount(numbers, out);
        for (int i = 0; i < count; i++) {
            int size = sample.size(i);
            for (int k = 0; k < size; k++) {
                out.writeLong(Double.doubleToRawLongBits(sample.value(i, k)));
            }
        }
    }

    @Override
    public StepSample deserialize(DataInputView in) throws IOException {
        String run = words.read(in);
        int attempt = Words.readCount(in);
        int rank = Words.readCount(in);
        long step = in.readLong();
        long ts = in.readLong();
        int end = in.readByte();
        int partition = in.readInt();
        long offset = in.readLong();
        int count = Words.readCount(in);
        String[] names = new String[count];
        int[] layers = new int[count];
        int[] heads = new int[count];
        for (int i = 0; i < count; i++) {
            int signal = Words.readCount(in);
            names[i] = signal == 0 ? words.read(in) : SIGNALS[signal - 1].key();
            layers[i] = Words.readCount(in);
            heads[i] = Words.readCount(in);
        }
        double[] values = new double[Words.readCount(in)];
        for (int i = 0; i < values.length; i++) {
            values[i] = Double.longBitsToDouble(in.readLong());
        }
        return new StepSample(
                run,
                attempt,
                rank,
                step,
                ts,
                end == 0 ? null : ENDS[end - 1],
                names,
                layers,
                heads,
                values,
                partition,
                offset);
    }

    @Override
    public StepSample createInstance() {
        return StepSample.builder("", 0).build();
    }

    /** One a thread: what it keeps between samples is not shared. */
    @Override
    public SampleSerializer duplicate() {
        return new SampleSerializer();
    }

    @Override
    public TypeSerializerSnapshot<StepSample> snapshotConfiguration() {
        return new Snapshot();
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        words = new Words();
    }

    /** Version 1. */
    public static final class Snapshot extends OwnSnapshot<StepSample> {
        public Snapshot() {
            super(1, SampleSerializer::new);
        }
    }
}
