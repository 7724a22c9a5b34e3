package io.foreshock.backtest;

import io.foreshock.backtest.LabelledEvent.Mark;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Story;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A run as one would sketch it on a whiteboard: a row a step from step 0 on, events and alarms where they are put. */
final class LabelledLog {
    private final LogRows rows = new LogRows();
    private final List<LabelledEvent> events = new ArrayList<>();
    private final List<Alarm> alarms = new ArrayList<>();
    private double unlabelledStart;

    private LabelledLog() {}

    static LabelledLog ofRows(int count) {
        LabelledLog log = new LabelledLog();
        for (int row = 0; row < count; row++) {
            log.rows.add(row, row);
        }
        return log;
    }

    LabelledLog event(String signature, long onset, @Nullable Long failure, @Nullable Long end) {
        return event(signature, onset, failure, end, false);
    }

    LabelledLog undecided(String signature, long onset, @Nullable Long end) {
        return event(signature, onset, null, end, true);
    }

    private LabelledLog event(
            String signature, long onset, @Nullable Long failure, @Nullable Long end, boolean undecided) {
        events.add(new LabelledEvent(signature, mark(onset), mark(failure), mark(end), undecided, "seen in a plot"));
        return this;
    }

    private static @Nullable Mark mark(@Nullable Long step) {
        return step == null ? null : new Mark(step, null);
    }

    LabelledLog alarm(String signature, int row) {
        return alarm(signature, row, Alarm.OPEN);
    }

    LabelledLog alarm(String signature, int row, int until) {
        alarms.add(new Alarm(signature, incident(signature, row), row, until));
        return this;
    }

    LabelledLog unlabelledStart(double share) {
        unlabelledStart = share;
        return this;
    }

    RunScore score(String... signatures) {
        LabelledRun run = new LabelledRun("run", "family", Path.of("run.jsonl"), unlabelledStart, events);
        return new Scorer(Set.of(signatures), Scorer.SLACK_SHARE).score(run, rows, alarms);
    }

    private static Incident incident(String signature, long step) {
        String id = Incident.id("run", 0, signature, "loss", step);
        return new Incident(
                id,
                "run",
                0,
                signature,
                "loss",
                1,
                Severity.WARNING,
                Incident.Status.OPEN,
                step,
                step,
                step,
                -1,
                2,
                1,
                "1",
                null,
                "loss is high",
                List.of(),
                Story.begunBy(id, Severity.WARNING),
                "",
                Incident.Window.EMPTY);
    }
}
