package io.foreshock.terminal;

import io.foreshock.incident.Incident;
import io.foreshock.statistics.Forecast;

/** What an incident rests on, in words: on the terminal and in notifications alike. */
public final class IncidentText {
    private IncidentText() {}

    /** What was observed, against which threshold, since when: {@code attention_logit_max[1][0] is 64, threshold 50, since step 117}. */
    public static String evidence(Incident incident) {
        StringBuilder line = new StringBuilder(Words.safe(incident.series()))
                .append(" is ")
                .append(Words.number(incident.value(), incident.unit()));
        if (Double.isFinite(incident.threshold())) {
            line.append(", threshold ").append(Words.number(incident.threshold(), incident.unit()));
        }
        line.append(", since step ").append(Words.step(incident.onsetStep()));
        if (incident.seriesCount() > 1) {
            line.append(", and ")
                    .append(Words.step(incident.seriesCount() - 1L))
                    .append(" more series");
        }
        return line.toString();
    }

    /** When it will hurt: {@code attention_logit_max reaches 100 about step 142 (128 to 180)}. */
    public static String forecast(Forecast forecast) {
        String interval = forecast.high() == Long.MAX_VALUE
                ? Words.step(forecast.low()) + " at the earliest"
                : Words.step(forecast.low()) + " to " + Words.step(forecast.high());
        return Words.safe(forecast.quantity()) + " reaches " + Words.number(forecast.level()) + " about step "
                + Words.step(forecast.step()) + " (" + interval + ")";
    }
}
