package io.foreshock.format.wandb;

import com.google.protobuf.CodedInputStream;
import io.foreshock.format.LoggedRecords;
import io.foreshock.format.Source;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Limits;
import io.foreshock.wire.LoggedRow;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One transaction log, read row by row: a row is what one call of {@code wandb.log} logged. The origin of a row is the
 * position of its record.
 *
 * <p>The run is called what wandb calls it, or has its id; renaming it after the first row changes nothing. Of its
 * configuration, which may hold secrets, nothing is read.
 */
final class WandbFile extends LoggedRecords {
    /** {@code :W&B}, 0xBEE1, version 0. */
    private static final byte[] HEADER = {':', 'W', '&', 'B', (byte) 0xe1, (byte) 0xbe, 0};

    static final int IDENT_BYTES = 4;

    /** What wandb writes when Ctrl-C ended the process. */
    private static final int INTERRUPTED = 255;

    private final LogRecords records;
    private final boolean known;
    private final StepAxis axis = new StepAxis();
    private boolean begun;
    /** What the process said when it exited, or null; the last row may be written after that. */
    private @Nullable RunEnd end;

    private long endPosition;
    private long lastStep = StepSample.NONE;
    private long lastTs = StepSample.NONE;

    WandbFile(Source source, String run) throws IOException {
        super(source, run);
        byte[] beginning = source.beginning();
        int shown = Math.min(beginning.length, HEADER.length);
        known = Arrays.equals(beginning, 0, shown, HEADER, 0, shown);
        if (!known) {
            refuse(
                    Reason.NOT_JSON,
                    "the file begins with " + hex(beginning, shown) + ", not with " + hex(HEADER, HEADER.length)
                            + ": it is damaged, or of a version of W&B's format that is not known; give version 0",
                    0);
        }
        this.records = new LogRecords(source.in());
    }

    /** True if the file calls itself a transaction log, of whatever version. */
    static boolean beginsWith(byte[] beginning) {
        return beginning.length >= IDENT_BYTES && Arrays.equals(beginning, 0, IDENT_BYTES, HEADER, 0, IDENT_BYTES);
    }

    private static String hex(byte[] bytes, int length) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < length; i++) {
            out.append(String.format("%02x", bytes[i] & 0xff));
        }
        return out.toString();
    }

    @Override
    protected boolean read() throws IOException {
        if (!known) {
            return false;
        }
        LogRecords.Entry entry = records.next();
        if (entry == null) {
            if (!source.mayGrow()) {
                settle();
                refuseDamage(records.position());
            }
            return false;
        }
        take(entry);
        return true;
    }

    @Override
    public void settle() {
        if (end != null) {
            handOut(row.over(end, lastStep, lastTs, endPosition));
            end = null;
        }
    }

    private void take(LogRecords.Entry entry) {
        if (entry.damage() != null) {
            refuse(
                    entry.tooLarge() ? Reason.TOO_LARGE : Reason.NOT_JSON,
                    "the record at byte " + entry.position() + " " + entry.damage(),
                    entry.position());
            return;
        }
        try {
            read(CodedInputStream.newInstance(entry.data()), entry.position());
        } catch (IOException e) {
            refuse(
                    Reason.NOT_JSON,
                    "the record at byte " + entry.position() + " is no W&B record: "
                            + Excerpt.sentence(String.valueOf(e.getMessage())),
                    entry.position());
        }
    }

    private void read(CodedInputStream in, long position) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case Fields.RECORD_HISTORY -> history(History.read(in), position);
                case Fields.RECORD_METRIC -> axis.declared(Fields.text(in, Fields.METRIC_STEP_METRIC));
                case Fields.RECORD_RUN -> name(in);
                case Fields.RECORD_EXIT -> exit(in, position);
                default -> in.skipField(tag);
            }
        }
    }

    private void name(CodedInputStream in) throws IOException {
        String id = "";
        String displayed = "";
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case Fields.RUN_ID -> id = in.readString();
                case Fields.RUN_DISPLAY_NAME -> displayed = in.readString();
                default -> in.skipField(tag);
            }
        }
        in.popLimit(outer);
        if (!begun) {
            row = new LoggedRow(Stream.of(displayed, id)
                    .filter(LoggedRow::canName)
                    .findFirst()
                    .orElse(run()));
        }
    }

    private void history(History history, long position) {
        for (String fault : history.faults()) {
            refuse(Reason.BAD_METRIC, fault + "; in the record at byte " + position, position);
        }
        List<History.Item> items = history.items();
        if (items.size() > Limits.MAX_NUMBERS) {
            refuse(
                    Reason.TOO_MANY_SERIES,
                    "the record at byte " + position + " has more than " + Limits.MAX_NUMBERS
                            + " numbers; it is skipped",
                    position);
            return;
        }
        long step = axis.of(history);
        long ts = LoggedRow.millis(history.last("_timestamp"));
        row.begin();
        for (History.Item item : items) {
            if (isOfWandb(item.name()) || axis.is(item.name())) {
                continue;
            }
            String objection = LoggedRow.objection(item.name());
            if (objection != null) {
                refuse(Reason.BAD_METRIC, objection + " in the record at byte " + position, position);
                continue;
            }
            if (row.count() == Limits.MAX_METRICS) {
                handOut(row.end(step, ts, position));
                row.begin();
            }
            row.metric(item.name(), item.value());
        }
        if (row.count() > 0) {
            handOut(row.end(step, ts, position));
            begun = true;
            lastStep = step;
            lastTs = ts;
        }
    }

    private static boolean isOfWandb(String name) {
        return name.equals("_step")
                || name.equals("_timestamp")
                || name.equals("_runtime")
                || name.startsWith("_wandb.");
    }

    private void exit(CodedInputStream in, long position) throws IOException {
        int code = 0;
        boolean complete = true;
        int outer = in.pushLimit(in.readRawVarint32());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case Fields.EXIT_CODE -> code = in.readInt32();
                case Fields.EXIT_NOT_COMPLETE -> complete = !in.readBool();
                default -> in.skipField(tag);
            }
        }
        in.popLimit(outer);
        if (complete) {
            end = code == 0 ? RunEnd.FINISHED : code == INTERRUPTED ? RunEnd.STOPPED : RunEnd.FAILED;
            endPosition = position;
        }
    }
}
