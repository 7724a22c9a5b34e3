package io.foreshock.cli;

import io.foreshock.board.BoardKafka;
import io.foreshock.exporter.Exporter;
import io.foreshock.exporter.ExporterSettings;
import io.foreshock.job.KafkaSettings;
import io.foreshock.notify.NotifySettings;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock exporter}: all runs for Prometheus. */
@Command(
        name = "exporter",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Serve every run's state to Prometheus; tell Alertmanagers and a webhook of incidents.",
        description = {
            "",
            "/metrics tells of each run its state, step, signals, verdicts, open incidents and forecasts, and of the whole"
                    + " way events, rejections, lag, latency and checkpoints; docs/exporter.md lists all metrics. All of it is"
                    + " read from the topics: started again, the exporter knows what it knew. /health answers 503 while the"
                    + " topics cannot be read. Ctrl-C stops it.",
            "",
            "With --alertmanager, warnings and critical incidents become alerts there: told again while they are open, resolved"
                    + " when they are, silenced while somebody has muted or acknowledged them. With --webhook, a program gets"
                    + " a signed message (standardwebhooks.com) of each incident that calls, to pause a run for example."
                    + " docs/notifications.md describes both. Replay tells nobody.",
            "",
            "It listens on the loopback interface unless --host says otherwise, speaks plain HTTP, and takes nothing in.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock exporter",
            "  foreshock exporter --bootstrap-servers kafka:9092 --host 0.0.0.0 --flink-url http://jobmanager:8081",
            "  foreshock exporter --alertmanager http://am-1:9093 --alertmanager http://am-2:9093 --page-url https://runs.example",
            "  foreshock exporter --webhook https://pause.example/hook --webhook-secret-file /run/secrets/hook --webhook-delay 5m",
            "  curl -s localhost:9464/metrics | grep foreshock_incidents_open",
            "",
            "In prometheus.yml:",
            "  scrape_configs: [{job_name: foreshock, static_configs: [{targets: ['localhost:9464']}]}]"
        })
final class ExporterCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private Interface listening = new Interface();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "9464",
            description = "Its port, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port = 9464;

    @Option(
            names = "--max-runs",
            paramLabel = "N",
            defaultValue = "200",
            description =
                    "Runs that have series of their own: those that need attention most (default: ${DEFAULT-VALUE}).")
    private int maxRuns = 200;

    @Option(
            names = "--flink-url",
            paramLabel = "URL",
            description =
                    "REST address of Flink's job manager, http://localhost:8081 as a rule: tells whether the job runs,"
                            + " its restarts and its last checkpoint.")
    private @Nullable URI flink;

    @Option(
            names = "--group-id",
            paramLabel = "TEXT",
            defaultValue = "foreshock",
            description = "Consumer group of the job, whose lag is told (default: ${DEFAULT-VALUE}).")
    private String groupId = "foreshock";

    @Mixin
    private NotifyOptions notify = new NotifyOptions();

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException, SettingsException {
        CommandSpec command = Objects.requireNonNull(spec);
        Ports.check(command, "--port", port);
        if (maxRuns < 1) {
            throw new ParameterException(command.commandLine(), "--max-runs must be > 0, got " + maxRuns);
        }
        Urls.check(command, "--flink-url", flink);
        NotifySettings told = notify.settings(command);
        KafkaSettings job = kafka.settings();
        PrintWriter out = command.commandLine().getOut();
        return Serving.untilStopped(out, () -> {
            Exporter exporter = Exporter.start(
                    new ExporterSettings(listening.host(), port, maxRuns, groupId, flink),
                    told,
                    new BoardKafka(job.bootstrapServers(), job.topics(), job.client()),
                    Objects.requireNonNull(root).signatures());
            out.println("Metrics are at " + exporter.address() + "/metrics   Kafka: " + job.bootstrapServers());
            return exporter;
        });
    }
}
