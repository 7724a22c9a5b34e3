package io.foreshock.job;

import io.foreshock.incident.Handling;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.Verdicts;
import io.foreshock.settings.Settings;
import io.foreshock.state.Archive;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
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
    /** What the judge looks for. */
    private @Nullable Settings settings;

    private byte @Nullable [] bytes;

    /** Of a run that was never heard of. */
    RunMemory() {}

    RunMemory(byte[] judge) {
        this.bytes = judge;
    }

    /**
     * The judge, to be changed by the caller.
     *
     * @param now what is looked for; another object than last time, and the judge is retuned
     * @param handling what people say about its incidents
     * @param out told what is resolved because it is no longer looked for
     */
    synchronized RunJudge judge(String run, Settings now, Handling handling, Verdicts out) throws IOException {
        RunJudge held = judge;
        if (held == null) {
            held = new RunJudge(run, now.signatures(run), handling);
            if (bytes != null && bytes.length > 0) {
                held.persist(Archive.reading(new DataInputDeserializer(bytes)));
            }
        } else if (!now.equals(settings)) {
            held = held.retuned(now.signatures(run), out);
        }
        judge = held;
        settings = now;
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
