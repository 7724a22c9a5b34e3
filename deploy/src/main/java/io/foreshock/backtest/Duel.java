package io.foreshock.backtest;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two judges of the same runs, event by event. */
public final class Duel {
    private final List<Long> ours = new ArrayList<>();
    private final List<Long> theirs = new ArrayList<>();
    private final List<Long> oursFromOnset = new ArrayList<>();
    private final List<Long> theirsFromOnset = new ArrayList<>();
    private int both;
    private int onlyOurs;
    private int onlyTheirs;

    /** Two scores of one run: the events of both are the same, in the same order. */
    public void add(RunScore mine, RunScore other) {
        for (int i = 0; i < mine.events().size(); i++) {
            EventScore one = mine.events().get(i);
            EventScore two = other.events().get(i);
            both += one.found() && two.found() ? 1 : 0;
            onlyOurs += one.found() && !two.found() ? 1 : 0;
            onlyTheirs += !one.found() && two.found() ? 1 : 0;
            Long lead = one.lead();
            Long otherLead = two.lead();
            if (lead != null && otherLead != null) {
                ours.add(lead);
                theirs.add(otherLead);
            }
            Long fromOnset = one.leadFromOnset();
            Long otherFromOnset = two.leadFromOnset();
            if (fromOnset != null && otherFromOnset != null) {
                oursFromOnset.add(fromOnset);
                theirsFromOnset.add(otherFromOnset);
            }
        }
    }

    /** Events that both found. */
    public int both() {
        return both;
    }

    public int onlyOurs() {
        return onlyOurs;
    }

    public int onlyTheirs() {
        return onlyTheirs;
    }

    /** Events that did harm and that both found: those whose leads are compared. */
    public int compared() {
        return ours.size();
    }

    /** Steps, over the events compared; null without one. */
    public @Nullable Long ourMedianLead() {
        return Tally.median(ours);
    }

    public @Nullable Long theirMedianLead() {
        return Tally.median(theirs);
    }

    /**
     * Like {@link #ourMedianLead}, but no alarm counts before its event's onset: nothing had happened yet that it could have
     * seen. Over the events that both found from then on.
     */
    public @Nullable Long ourMedianLeadFromOnset() {
        return Tally.median(oursFromOnset);
    }

    /** The same for theirs. */
    public @Nullable Long theirMedianLeadFromOnset() {
        return Tally.median(theirsFromOnset);
    }

    /** Steps by which ours came before theirs, the middle one of the events compared; null without one. */
    public @Nullable Long medianAdvance() {
        List<Long> advances = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
            advances.add(ours.get(i) - theirs.get(i));
        }
        return Tally.median(advances);
    }
}
