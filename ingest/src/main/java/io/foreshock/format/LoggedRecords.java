package io.foreshock.format;

import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.wire.LoggedRow;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** A recording of another tool that is read record by record: none, one or several rows a record. One thread at a time. */
public abstract class LoggedRecords implements TelemetryFile {
    private static final byte[] NOTHING = new byte[0];

    protected final Source source;
    /** Of the run as it is called; the file may say another name than it was opened with. */
    protected LoggedRow row;

    private final String run;
    /** Rows and refusals that wait to be handed out: those of one record. */
    private final Queue<Parsed> ready = new ArrayDeque<>();

    private boolean ended;

    /** Takes the source over. */
    protected LoggedRecords(Source source, String run) {
        this.source = source;
        this.row = new LoggedRow(run);
        this.run = run;
    }

    /**
     * Reads the next record and hands out what it says; false if there is none. Where the source may not grow, that is
     * after what there was to say at the end.
     */
    protected abstract boolean read() throws IOException;

    /** Hands out a row, or what stands for it. */
    protected final void handOut(Parsed event) {
        ready.add(event);
    }

    /** Hands out what stands for a record, or a part of it, that cannot be read. */
    protected final void refuse(Reason reason, String detail, long origin) {
        handOut(row.refused(reason, detail, origin, NOTHING));
    }

    /** At the end, says what is wrong with the source, if anything, and where it was left: bytes of what it holds. */
    protected final void refuseDamage(long position) {
        String damage = source.damage();
        if (damage != null) {
            refuse(
                    Reason.NOT_JSON,
                    damage + " after byte " + position + " of what it holds; all records before were read",
                    position);
        }
    }

    @Override
    public final @Nullable Parsed next() throws IOException {
        while (ready.isEmpty() && !ended) {
            if (!read()) {
                ended = !source.mayGrow();
                break;
            }
        }
        return ready.poll();
    }

    @Override
    public final String run() {
        return run;
    }

    @Override
    public final long bytesRead() {
        return source.bytesRead();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
