package io.foreshock.job;

import io.foreshock.detect.Signature;
import io.foreshock.judge.RunJudge;
import io.foreshock.state.Archive;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.jspecify.annotations.Nullable;

/**
 * The state of one run: its judge, and what its one pending timer needs to know.
 *
 * <p>A judge that was restored or copied is kept as bytes until the run reports again. So a restore takes no longer
 * than reading the bytes, and a serializer need not know the signatures. The bytes carry their own version, see
 * {@link Archive}.
 *
 * <p><b>Cost of a checkpoint.</b> The heap backend copies a run's state when the run reports while a checkpoint is
 * being written, and writes it once. The copy is the judge written to bytes and read from them; the bytes are kept, so
 * that the checkpoint's thread does not write the judge again. A run that does not report meanwhile is only written.
 */
final class RunMemory {
    static final TypeInformation<RunMemory> TYPE = new OwnType<>(RunMemory.class, new MemorySerializer());
    static final long NONE = StepSample.NONE;

    /** Processing time of the pending timer, or {@link #NONE}. */
    long timer = NONE;

    /** Processing time at which the last sample came, or {@link #NONE}. */
    long arrival = NONE;

    /** The latest time stamp among the samples, or {@link #NONE}. */
    long ts = NONE;

    private @Nullable RunJudge judge;
    private byte @Nullable [] bytes;

    /** Of a run that was never heard of. */
    RunMemory() {}

    RunMemory(byte[] judge) {
        this.bytes = judge;
    }

    /** The judge, to be changed by the caller. */
    synchronized RunJudge judge(String run, List<Signature> signatures) throws IOException {
        RunJudge held = judge;
        if (held == null) {
            held = new RunJudge(run, signatures);
            if (bytes != null && bytes.length > 0) {
                held.persist(Archive.reading(new DataInputDeserializer(bytes)));
            }
            judge = held;
        }
        bytes = null;
        return held;
    }

    /**
     * The judge as bytes. Called by the checkpoint's thread, and at the same time perhaps by the task that copies: it
     * is written once, by whoever comes first.
     */
    synchronized byte[] bytes() throws IOException {
        byte[] written = bytes;
        if (written == null) {
            DataOutputSerializer out = new DataOutputSerializer(8192);
            if (judge != null) {
                judge.persist(Archive.writing(out));
            }
            written = out.getCopyOfBuffer();
            bytes = written;
        }
        return written;
    }

    RunMemory copy() throws IOException {
        RunMemory copy = new RunMemory(bytes());
        copy.timer = timer;
        copy.arrival = arrival;
        copy.ts = ts;
        return copy;
    }
}
