package io.foreshock.backtest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sums for one signature, or for all. */
public final class Tally {
    private int events;
    private int found;
    private int named;
    private int harmful;
    private int inTime;
    private int falseAlarms;
    private int strayAlarms;
    private final List<Long> leads = new ArrayList<>();

    void add(EventScore score) {
        events++;
        found += score.found() ? 1 : 0;
        named += score.named() ? 1 : 0;
        harmful += score.harmful() ? 1 : 0;
        inTime += score.inTime() ? 1 : 0;
        if (score.lead() != null) {
            leads.add(score.lead());
        }
    }

    void falseAlarm() {
        falseAlarms++;
    }

    void strayAlarm() {
        strayAlarms++;
    }

    public int events() {
        return events;
    }

    public int found() {
        return found;
    }

    public int named() {
        return named;
    }

    /** Events that did harm, so could be found in time. */
    public int harmful() {
        return harmful;
    }

    public int inTime() {
        return inTime;
    }

    public int falseAlarms() {
        return falseAlarms;
    }

    /** Alarms in the stretch of an event of another kind. */
    public int strayAlarms() {
        return strayAlarms;
    }

    /** Share of the events that were found; 1 when there were none to find. */
    public double recall() {
        return events == 0 ? 1 : (double) found / events;
    }

    /** Steps between alarm and failure of the middle one of the found events that did harm, or null without one. */
    public @Nullable Long medianLead() {
        return median(leads);
    }

    static @Nullable Long median(List<Long> steps) {
        if (steps.isEmpty()) {
            return null;
        }
        List<Long> sorted = new ArrayList<>(steps);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
