package io.foreshock.incident;

import io.foreshock.detect.Finding;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Incident.Window;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Forecast;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes incidents of one signature of one run out of findings, row by row.
 *
 * <p>All series of the signature fold into one incident that names the worst. It opens with the first finding; is
 * updated when something changed that a person would act on ({@link #matters}); is resolved after {@code calm} rows
 * that could have shown the signature and did not. An info incident that becomes serious is closed and opened again,
 * because a warning should arrive as one. An incident that comes back begins where the one before it ended, so that each
 * has an id of its own.
 */
public final class Lifecycle implements State {
    /** A value this much further beyond its threshold than when last told is news. */
    private static final double WORSE = 10;

    private final String run;
    private final Signature signature;
    private final Handling handling;
    private @Nullable Incident open;
    private int calmRows;
    /** Where the last one of this attempt ended. */
    private int endedAttempt;

    private long endedStep = -1;

    public Lifecycle(Signature signature) {
        this("", signature, Handling.NONE);
    }

    /**
     * @param run the run
     * @param handling what people say about its incidents
     */
    public Lifecycle(String run, Signature signature, Handling handling) {
        this.run = run;
        this.signature = signature;
        this.handling = handling;
    }

    /** The incident as last told, or null while none is open. */
    public @Nullable Incident open() {
        return open;
    }

    /**
     * Takes in what one row showed.
     *
     * @param findings what the detector found at this row, empty if nothing
     * @param evidence true if the row carried the signature's inputs, so that finding nothing means calm
     * @param at the row's place
     * @param run for the window beside the alert
     */
    public void row(List<Finding> findings, boolean evidence, Place at, RunHistory run, Consumer<Incident> out) {
        if (findings.isEmpty()) {
            if (open != null && evidence && ++calmRows >= signature.calm()) {
                resolve(at, out);
            }
            return;
        }
        calmRows = 0;
        Finding worst = worst(findings);
        Incident told = open;
        if (told == null) {
            long earliest = at.attempt() == endedAttempt ? endedStep : -1;
            tell(incident(worst, Math.max(worst.onset(), earliest), count(findings), at, run), out);
        } else if (told.severity() == Severity.INFO && worst.severity() != Severity.INFO) {
            resolve(at, out);
            tell(incident(worst, worst.onset(), count(findings), at, run), out);
        } else if (matters(told, worst)) {
            tell(updated(told, worst, count(findings), at, run), out);
        }
    }

    /** Ends the open incident, if there is one: its cause is gone, or the run is. */
    public void resolve(Place at, Consumer<Incident> out) {
        if (open != null) {
            out.accept(open.at(Status.RESOLVED, at.step(), at.ts()));
            endedAttempt = open.attempt();
            endedStep = at.step();
            open = null;
            calmRows = 0;
        }
    }

    /** Hindsight: what was open turned out to be harmless. */
    public void belittle() {
        if (open != null) {
            open = open.belittled();
        }
    }

    /** Tells the open incident again if people have muted or acknowledged it since it was told, or a mute ran out. */
    public void handle(Place at, Consumer<Incident> out) {
        Incident told = open;
        if (told != null && (muted(at.step()) != told.muted() || !Objects.equals(seen(told), told.acknowledged()))) {
            tell(told.at(Status.UPDATED, at.step(), at.ts()), out);
        }
    }

    private void tell(Incident incident, Consumer<Incident> out) {
        Incident handled = incident.handled(muted(incident.step()), seen(incident));
        open = handled;
        out.accept(handled);
    }

    private boolean muted(long step) {
        return handling.muted(run, signature.slug(), step);
    }

    /** An incident once acknowledged stays so. */
    private @Nullable Acknowledgement seen(Incident incident) {
        Acknowledgement seen = handling.acknowledged(incident.id());
        return seen == null ? incident.acknowledged() : seen;
    }

    private static int count(List<Finding> findings) {
        int count = 0;
        for (Finding finding : findings) {
            count += finding.count();
        }
        return count;
    }

    private static Finding worst(List<Finding> findings) {
        Finding worst = findings.get(0);
        for (Finding finding : findings) {
            int graver = finding.severity().compareTo(worst.severity());
            if (graver > 0 || (graver == 0 && finding.excess() > worst.excess())) {
                worst = finding;
            }
        }
        return worst;
    }

    /** Graver, an order of magnitude worse, or to be reached at a step outside the interval that was told. */
    private static boolean matters(Incident told, Finding now) {
        if (now.severity().compareTo(told.severity()) > 0) {
            return true;
        }
        double before = excess(told);
        if (now.excess() >= WORSE * before) {
            return true;
        }
        Forecast then = told.forecast();
        Forecast next = now.forecast();
        // A series below the level that another has passed is no news.
        return then != null
                && next != null
                && now.severity() == told.severity()
                && next.level() >= then.level()
                && (next.level() > then.level() || next.step() < then.low() || next.step() > then.high());
    }

    private static double excess(Incident incident) {
        double excess = Math.abs(incident.threshold()) > 0 ? incident.value() / incident.threshold() : incident.value();
        return Double.isFinite(excess) ? excess : Double.MAX_VALUE;
    }

    private Incident incident(Finding finding, long onset, int count, Place at, RunHistory run) {
        String id = Incident.id(at.run(), at.attempt(), signature.slug(), finding.series(), onset);
        return new Incident(
                id,
                at.run(),
                at.attempt(),
                signature.slug(),
                finding.series(),
                count,
                finding.severity(),
                Status.OPEN,
                onset,
                at.step(),
                at.step(),
                at.ts(),
                finding.value(),
                finding.threshold(),
                finding.unit(),
                finding.forecast(),
                finding.summary().toString(),
                signature.advice(),
                Story.begunBy(id, finding.severity()),
                signature.reference(),
                window(finding, run));
    }

    private static Incident updated(Incident told, Finding now, int count, Place at, RunHistory run) {
        Severity severity = now.severity().compareTo(told.severity()) > 0 ? now.severity() : told.severity();
        return new Incident(
                told.id(),
                told.run(),
                told.attempt(),
                told.signature(),
                now.series(),
                Math.max(count, told.seriesCount()),
                severity,
                Status.UPDATED,
                told.onsetStep(),
                told.detectedStep(),
                at.step(),
                at.ts(),
                now.value(),
                now.threshold(),
                now.unit(),
                now.forecast(),
                now.summary().toString(),
                told.advice(),
                told.story(),
                told.reference(),
                window(now, run),
                told.muted(),
                told.acknowledged());
    }

    private static Window window(Finding finding, RunHistory run) {
        RunHistory.Trail trail = finding.signal() == null ? null : run.trail(finding.signal());
        return trail == null ? Window.EMPTY : new Window(trail.steps(), trail.values());
    }

    @Override
    public void persist(Archive archive) throws IOException {
        calmRows = archive.count(calmRows);
        endedAttempt = archive.count(endedAttempt);
        endedStep = archive.whole(endedStep);
        Incident told = open;
        open = archive.flag(told != null) ? (told == null ? Incident.BLANK : told).persist(archive) : null;
    }
}
