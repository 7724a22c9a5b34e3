package io.foreshock.format.tensorboard;

import io.foreshock.format.LoggedRecords;
import io.foreshock.format.Source;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Limits;
import io.foreshock.wire.LoggedRow;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * One event file, read row by row.
 *
 * <p>Writers give each scalar an event of its own, so consecutive scalars of one step make one row, with the time of the
 * first. A name that comes again begins another row, and so does each {@link Limits#MAX_METRICS}th name. The origin of a
 * row is the position of its first record.
 */
final class EventFile extends LoggedRecords {
    private final EventRecords records;

    /** Names in the row being collected; none when there is no such row. */
    private final Set<String> tags = new HashSet<>();

    private long step;
    private long ts;
    private long position;

    EventFile(Source source, String run) {
        super(source, run);
        this.records = new EventRecords(source);
    }

    @Override
    protected boolean read() throws IOException {
        EventRecords.Entry entry = records.next();
        if (entry == null) {
            if (!source.mayGrow()) {
                endRow();
                refuseDamage(records.position());
            }
            return false;
        }
        take(entry);
        return true;
    }

    @Override
    public void settle() {
        endRow();
    }

    private void take(EventRecords.Entry entry) {
        if (entry.damage() != null) {
            refuse(
                    entry.tooLarge() ? Reason.TOO_LARGE : Reason.NOT_JSON,
                    "the record at byte " + entry.position() + " " + entry.damage(),
                    entry.position());
            return;
        }
        Event event;
        try {
            event = Event.read(entry.data());
        } catch (IOException e) {
            refuse(
                    Reason.NOT_JSON,
                    "the record at byte " + entry.position() + " is no TensorBoard event: "
                            + Excerpt.sentence(String.valueOf(e.getMessage())),
                    entry.position());
            return;
        }
        if (event.scalars().size() > Limits.MAX_NUMBERS) {
            refuse(
                    Reason.TOO_MANY_SERIES,
                    "the record at byte " + entry.position() + " has more than " + Limits.MAX_NUMBERS
                            + " scalars; it is skipped",
                    entry.position());
            return;
        }
        for (Event.Scalar scalar : event.scalars()) {
            add(scalar, event, entry.position());
        }
    }

    private void add(Event.Scalar scalar, Event event, long at) {
        String tag = scalar.tag();
        if (isTwin(tag)) {
            return;
        }
        String objection = LoggedRow.objection(tag);
        if (objection != null) {
            refuse(Reason.BAD_METRIC, objection + " in the record at byte " + at, at);
            return;
        }
        if (event.step() != step || tags.contains(tag) || tags.size() == Limits.MAX_METRICS) {
            endRow();
        }
        if (tags.isEmpty()) {
            row.begin();
            step = event.step();
            ts = LoggedRow.millis(event.wallTime());
            position = at;
        }
        tags.add(tag);
        row.metric(tag, scalar.value());
    }

    /**
     * Megatron-LM and its descendants log their metrics again over other axes; there the number of samples, tokens or
     * operations stands where the step should. ({@code samples vs steps} is over steps.)
     */
    private static boolean isTwin(String tag) {
        return tag.endsWith(" vs samples") || tag.endsWith(" vs tokens") || tag.contains(" vs gigaflos");
    }

    private void endRow() {
        if (!tags.isEmpty()) {
            handOut(row.end(step, ts, position));
            tags.clear();
        }
    }
}
