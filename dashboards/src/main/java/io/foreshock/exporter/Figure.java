package io.foreshock.exporter;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Every metric of the exporter, described once: the text that Prometheus reads, the table in docs/exporter.md and the check of
 * the dashboards' queries are made from it. Base units; names and suffixes as Prometheus asks for
 * (prometheus.io/docs/practices/naming).
 */
public enum Figure {
    RUN_STATE(
            Of.RUN,
            Type.GAUGE,
            "foreshock_run_state",
            "1 for where the run stands: running, silent, finished, failed or stopped.",
            "run",
            "state"),
    RUN_STEP(Of.RUN, Type.GAUGE, "foreshock_run_step", "Last judged step.", "run"),
    RUN_STEPS_PER_SECOND(
            Of.RUN, Type.GAUGE, "foreshock_run_steps_per_second", "Steps a second by the run's own clock.", "run"),
    RUN_ATTEMPT(Of.RUN, Type.GAUGE, "foreshock_run_attempt", "How often the run was resumed.", "run"),
    RUN_LAST_EVENT(
            Of.RUN,
            Type.GAUGE,
            "foreshock_run_last_event_timestamp_seconds",
            "When the run was heard of last, Unix time.",
            "run"),
    RUN_REJECTED(
            Of.RUN, Type.GAUGE, "foreshock_run_rejected_events", "Events of the run that could not be read.", "run"),
    RUN_DROPPED(
            Of.RUN,
            Type.GAUGE,
            "foreshock_run_dropped_events",
            "Events that the run's publishers say they gave up: the broker was away too long, or refused them.",
            "run"),
    RUN_SIGNAL(
            Of.RUN,
            Type.GAUGE,
            "foreshock_run_signal",
            "Last value of a canonical signal, of layers and heads the largest.",
            "run",
            "signal"),
    RUN_LOSS_FORECAST(
            Of.RUN,
            Type.GAUGE,
            "foreshock_run_loss_forecast",
            "Loss to be expected at foreshock_run_loss_forecast_step; bound is expected, or low or high of 90 %.",
            "run",
            "bound"),
    RUN_LOSS_FORECAST_STEP(
            Of.RUN, Type.GAUGE, "foreshock_run_loss_forecast_step", "Step that the loss is forecast for.", "run"),
    SIGNATURE_VERDICT(
            Of.RUN,
            Type.GAUGE,
            "foreshock_signature_verdict",
            "What a signature says: -1 not evaluable, 0 quiet, 1 suspect, 2 firing.",
            "run",
            "signature"),
    INCIDENTS_OPEN(
            Of.RUN,
            Type.GAUGE,
            "foreshock_incidents_open",
            "Open incidents; 0 once they are resolved, while the run is exported.",
            "run",
            "signature",
            "severity"),
    INCIDENT_INFO(
            Of.RUN,
            Type.INFO,
            "foreshock_incident_info",
            "1 for each open incident; story is the id of the incident that began it, pages is true for one that calls a"
                    + " person, handled is no, acknowledged or muted.",
            "run",
            "signature",
            "severity",
            "series",
            "incident",
            "story",
            "pages",
            "handled"),
    INCIDENT_VALUE(
            Of.RUN,
            Type.GAUGE,
            "foreshock_incident_value",
            "What the open incident observed, in its own unit.",
            "run",
            "signature"),
    INCIDENT_THRESHOLD(
            Of.RUN,
            Type.GAUGE,
            "foreshock_incident_threshold",
            "Beyond which the open incident fires, in its own unit.",
            "run",
            "signature"),
    INCIDENT_ONSET_STEP(
            Of.RUN,
            Type.GAUGE,
            "foreshock_incident_onset_step",
            "Step since which the open incident shows.",
            "run",
            "signature"),
    INCIDENT_DETECTED_STEP(
            Of.RUN,
            Type.GAUGE,
            "foreshock_incident_detected_step",
            "Step at which the open incident was detected.",
            "run",
            "signature"),
    FORECAST_STEPS_LEFT(
            Of.RUN,
            Type.GAUGE,
            "foreshock_forecast_steps_left",
            "Steps until the open incident reaches the level at which it hurts; bound is expected, or low or high of 90 %.",
            "run",
            "signature",
            "bound"),

    RUNS(Of.WAY, Type.GAUGE, "foreshock_runs", "Runs that are known, by where they stand.", "state"),
    RUNS_OMITTED(
            Of.WAY,
            Type.GAUGE,
            "foreshock_runs_omitted",
            "Runs that would be exported but for --max-runs; those that need attention least."),
    INCIDENTS(
            Of.WAY,
            Type.COUNTER,
            "foreshock_incidents_total",
            "Incidents that opened or grew graver while the exporter ran.",
            "signature",
            "severity"),
    TELEMETRY_EVENTS(
            Of.WAY,
            Type.COUNTER,
            "foreshock_telemetry_events_total",
            "Events that came to the telemetry topic, by its offsets."),
    ROWS_JUDGED(
            Of.WAY,
            Type.COUNTER,
            "foreshock_rows_judged_total",
            "Rows that came to the signals topic, by its offsets; none when the job runs without signals."),
    EVENTS_REJECTED(
            Of.WAY,
            Type.COUNTER,
            "foreshock_events_rejected_total",
            "Events that could not be read, while the exporter ran.",
            "reason"),
    JOB_LAG_EVENTS(
            Of.WAY,
            Type.GAUGE,
            "foreshock_job_lag_events",
            "Events in the telemetry topic that the job's last checkpoint does not cover."),
    JOB_LAG_SECONDS(
            Of.WAY, Type.GAUGE, "foreshock_job_lag_seconds", "Age of the oldest of them; 0 when there are none."),
    ALERT_LATENCY(
            Of.WAY,
            Type.HISTOGRAM,
            "foreshock_alert_latency_seconds",
            "From the time stamp of the event that opened an incident to its arrival here; live incidents alone."),
    JOB_UP(
            Of.WAY,
            Type.GAUGE,
            "foreshock_job_up",
            "1 while Flink says that the job runs, 0 otherwise; with --flink-url."),
    JOB_RESTARTS(Of.WAY, Type.GAUGE, "foreshock_job_restarts", "Times that Flink restarted the job; with --flink-url."),
    JOB_CHECKPOINT_AGE(
            Of.WAY,
            Type.GAUGE,
            "foreshock_job_checkpoint_age_seconds",
            "Age of the job's last complete checkpoint; with --flink-url."),
    FEED_UP(Of.WAY, Type.GAUGE, "foreshock_exporter_feed_up", "1 while the topics can be read, 0 otherwise."),
    COMPLETE(
            Of.WAY,
            Type.GAUGE,
            "foreshock_exporter_complete",
            "1 once all was read that lay in the topics at the start."),
    UNREADABLE(
            Of.WAY,
            Type.COUNTER,
            "foreshock_exporter_unreadable_records_total",
            "Records of Foreshock's own topics that could not be read."),
    NOTIFICATIONS(
            Of.WAY,
            Type.COUNTER,
            "foreshock_notifications_total",
            "What Alertmanagers and the webhook were told, and tries that failed; outcome is sent or failed.",
            "receiver",
            "address",
            "outcome"),
    NOTIFICATIONS_PENDING(
            Of.WAY,
            Type.GAUGE,
            "foreshock_notifications_pending",
            "What waits for an Alertmanager or the webhook.",
            "receiver",
            "address"),
    BUILD_INFO(Of.WAY, Type.INFO, "foreshock_build_info", "1; the version of the exporter.", "version");

    /** What a metric is about. */
    public enum Of {
        RUN,
        WAY
    }

    /** Kind of a metric. */
    public enum Type {
        /** A number that goes up and down. */
        GAUGE(""),
        /** A number that only grows, from 0 at the exporter's start unless its help says otherwise. */
        COUNTER("_total"),
        /** 1, for its labels' sake. */
        INFO("_info"),
        HISTOGRAM("");

        private final String suffix;

        Type(String suffix) {
            this.suffix = suffix;
        }
    }

    private final Of of;
    private final Type type;
    private final String metric;
    private final String help;
    private final List<String> labels;

    Figure(Of of, Type type, String metric, String help, String... labels) {
        this.of = of;
        this.type = type;
        this.metric = metric;
        this.help = help;
        this.labels = List.of(labels);
    }

    public Of of() {
        return of;
    }

    public Type type() {
        return type;
    }

    /** Its name as in queries: {@code foreshock_run_step}, {@code foreshock_incidents_total}. */
    public String metric() {
        return metric;
    }

    /** What the Prometheus client calls it: without the suffix that it adds itself. */
    String base() {
        return metric.substring(0, metric.length() - type.suffix.length());
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }

    /** The table of docs/exporter.md: a row a metric. */
    public static String table(Of about) {
        StringBuilder table = new StringBuilder("| metric | type | labels | meaning |\n|---|---|---|---|\n");
        for (Figure figure : values()) {
            if (figure.of == about) {
                table.append(String.format(
                        Locale.ROOT,
                        "| `%s` | %s | %s | %s |\n",
                        figure.metric,
                        figure.type.name().toLowerCase(Locale.ROOT),
                        figure.labels.stream().map(label -> "`" + label + "`").collect(Collectors.joining(", ")),
                        figure.help));
            }
        }
        return table.toString();
    }
}
