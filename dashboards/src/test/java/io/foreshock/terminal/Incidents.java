package io.foreshock.terminal;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Story;
import io.foreshock.statistics.Forecast;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Incidents for tests. */
final class Incidents {
    private Incidents() {}

    static Incident growth(String run, Status status, Severity severity, long detected, long step) {
        return incident(
                run,
                "attention_logit_growth",
                "attention_logit_max[1][3]",
                4,
                severity,
                status,
                detected,
                step,
                57.2349,
                50,
                new Forecast("attention_logit_max", 100, 1240, 1220, 1270),
                null);
    }

    static Incident spike(String run, Status status, long step, @Nullable String cause) {
        return incident(run, "loss_spike", "loss", 1, Severity.CRITICAL, status, step, step, 9.5, 4.25, null, cause);
    }

    static Incident incident(
            String run,
            String signature,
            String series,
            int seriesCount,
            Severity severity,
            Status status,
            long detected,
            long step,
            double value,
            double threshold,
            @Nullable Forecast forecast,
            @Nullable String cause) {
        long onset = detected - 10;
        String id = Incident.id(run, 0, signature, series, onset);
        boolean begins = cause == null;
        return new Incident(
                id,
                run,
                0,
                signature,
                series,
                seriesCount,
                severity,
                status,
                onset,
                detected,
                step,
                -1,
                value,
                threshold,
                "1",
                forecast,
                "Something shows on " + series + ".",
                List.of("Lower the learning rate.", "Add QK-norm."),
                new Story(cause, begins ? id : cause, begins && severity != Severity.INFO, List.of()),
                "",
                Incident.Window.EMPTY);
    }
}
