package io.foreshock.terminal;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.statistics.Forecast;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes each change of an incident as a few lines: what and where first, then how bad, why, and what to do. Remembers
 * what it wrote, so that a consequence can name its cause. Not thread-safe.
 */
public final class AlertPrinter {
    private static final int REMEMBERED = 10_000;
    private static final String INDENT = "          ";
    private static final String STEP_IN = "  ";

    private final Colour colour;
    private final Severity least;
    private final Map<String, String> signatures = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** Prints everything. */
    public AlertPrinter(Colour colour) {
        this(colour, Severity.INFO);
    }

    /** Prints what is at least that grave. */
    public AlertPrinter(Colour colour, Severity least) {
        this.colour = colour;
        this.least = least;
    }

    /** True if the change is grave enough, or of an incident that was printed before. */
    public boolean shows(Incident incident) {
        return incident.severity().compareTo(least) >= 0 || signatures.containsKey(incident.id());
    }

    /** The block for this change, without a line break at its end; what follows from another incident stands further in. */
    public String print(Incident incident) {
        signatures.put(incident.id(), incident.signature());
        List<String> lines = new ArrayList<>();
        lines.add(head(incident) + handling(incident));
        if (incident.status() != Status.RESOLVED) {
            details(incident, lines);
        }
        String margin = follows(incident) ? STEP_IN : "";
        return margin + String.join("\n" + margin + INDENT, lines);
    }

    private static boolean follows(Incident incident) {
        return !incident.story().root().equals(incident.id());
    }

    private String head(Incident incident) {
        String severity = String.format(Locale.ROOT, "%-8s", incident.severity());
        String place = Words.safe(incident.run())
                + (incident.attempt() > 0 ? " attempt " + incident.attempt() : "")
                + "  step " + Words.step(incident.step());
        String signature = Words.safe(incident.signature());
        return switch (incident.status()) {
            case OPEN ->
                colour.severity(incident.severity(), "OPEN      " + severity) + "  " + colour.strong(signature) + "  "
                        + place;
            case UPDATED ->
                colour.severity(incident.severity(), "UPDATED   " + severity) + "  " + colour.strong(signature) + "  "
                        + place + ", open since step " + Words.step(incident.detectedStep());
            case RESOLVED ->
                colour.good("RESOLVED  " + severity) + "  " + signature + "  " + place + ", opened at step "
                        + Words.step(incident.detectedStep());
        };
    }

    private static String handling(Incident incident) {
        Acknowledgement seen = incident.acknowledged();
        return (incident.muted() ? "  (muted)" : "")
                + (seen == null
                        ? ""
                        : "  (acknowledged" + (seen.by().isEmpty() ? "" : " by " + Words.safe(seen.by())) + ")");
    }

    private void details(Incident incident, List<String> lines) {
        if (!incident.summary().isBlank()) {
            lines.add(Words.safe(incident.summary()));
        }
        lines.add(IncidentText.evidence(incident));
        Forecast forecast = incident.forecast();
        if (forecast != null && !incident.summary().contains(Words.step(forecast.step()))) {
            lines.add(IncidentText.forecast(forecast));
        }
        String cause = incident.cause();
        if (cause != null) {
            lines.add("follows from " + Words.safe(signatures.getOrDefault(cause, "incident " + cause)));
        }
        if (incident.status() == Status.OPEN
                && !follows(incident)
                && !incident.advice().isEmpty()) {
            lines.add(colour.faint("try: " + Words.safe(incident.advice().get(0))));
        }
    }
}
