package io.foreshock.cli;

import io.foreshock.detect.Severity;
import io.foreshock.embedded.LocalJob;
import io.foreshock.embedded.Stack;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.incident.Incident;
import io.foreshock.job.KafkaSettings;
import io.foreshock.live.AlertingGateway;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.Rejected;
import io.foreshock.terminal.AlertPrinter;
import io.foreshock.terminal.Colour;
import io.foreshock.topics.Ledger;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock up}: everything embedded, waiting for runs. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header =
                "Judge your runs with everything embedded: a Kafka broker, the Flink job, alerts on this terminal, the run page.",
        description = {
            "",
            "Prints where and how to send telemetry, and then each alert as it comes. Ctrl-C stops it.",
            "",
            "With --data the topics and what the job remembers are kept: started again on the same directory it goes on"
                    + " where it was, and whatever was sent but not judged is judged then.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock up",
            "  foreshock up --data ~/foreshock --port 9092",
            "  foreshock up --data ~/foreshock --config foreshock.yaml",
            "  foreshock up --flink-port 8081 --flink-metrics-port 9249     for Prometheus, beside 'foreshock exporter'",
            "  foreshock up --data /var/lib/foreshock --host 0.0.0.0     for the machines of a trusted network"
        })
final class UpCommand implements Callable<Integer> {
    private static final Duration CATCH_UP_PATIENCE = Duration.ofSeconds(30);
    private static final int PAGE_PORT = 8080;
    private static final long STATUS_MILLIS = 500;
    /** A publisher that sends nothing but rubbish must not fill the screen. */
    private static final long REJECTIONS_APART_NANOS = TimeUnit.SECONDS.toNanos(2);

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep topics and state here (default: nothing is kept).")
    private @Nullable Path data;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "9092",
            description = "Port of the Kafka broker, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port = 9092;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Interface the broker listens on (default: ${DEFAULT-VALUE}). It asks nobody for a password.")
    private String host = "127.0.0.1";

    @Option(
            names = "--page-port",
            paramLabel = "N",
            description = "Port of the run page on the loopback interface, 0 for a free one"
                    + " (default: 8080, or a free one where that is taken).")
    private @Nullable Integer pagePort;

    @Option(
            names = "--gateway-port",
            paramLabel = "N",
            description = "Port of the HTTP gateway on the loopback interface, 0 for a free one"
                    + " (default: 8088, or a free one where that is taken).")
    private @Nullable Integer gatewayPort;

    @Option(
            names = "--flink-port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Port of Flink's REST API and its pages on the loopback interface, 0 for a free one"
                    + " (default: ${DEFAULT-VALUE}); for 'foreshock exporter --flink-url'.")
    private int flinkPort;

    @Option(
            names = "--flink-metrics-port",
            paramLabel = "N",
            description =
                    "Serve Flink's own metrics to Prometheus on this port, 9249 as a rule. Flink's reporter listens on"
                            + " all interfaces.")
    private @Nullable Integer flinkMetricsPort;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            defaultValue = "1",
            description = "Subtasks of the job (default: ${DEFAULT-VALUE}).")
    private int parallelism = 1;

    @Option(
            names = "--checkpoint-seconds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Time between two checkpoints: at most that much is judged again after a restart"
                    + " (default: ${DEFAULT-VALUE}).")
    private int checkpointSeconds = 5;

    @Mixin
    private ConfigFile config = new ConfigFile();

    @Option(
            names = "--severity",
            paramLabel = "LEVEL",
            defaultValue = "warning",
            description = "Print alerts from this severity on: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Severity severity = Severity.WARNING;

    private final Ledger ledger = new Ledger();
    private long rejected;
    private long rejectedUntold;
    private long rejectionTold = System.nanoTime() - REJECTIONS_APART_NANOS;

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        Ports.check(command, "--port", port);
        if (pagePort != null) {
            Ports.check(command, "--page-port", pagePort);
        }
        if (gatewayPort != null) {
            Ports.check(command, "--gateway-port", gatewayPort);
        }
        Ports.check(command, "--flink-port", flinkPort);
        if (flinkMetricsPort != null) {
            Ports.checkGiven(command, "--flink-metrics-port", flinkMetricsPort);
        }
        if (parallelism < 1 || checkpointSeconds < 1) {
            throw new ParameterException(
                    command.commandLine(),
                    "--parallelism and --checkpoint-seconds must be above 0, got " + parallelism + " and "
                            + checkpointSeconds);
        }
        Settings settings = config.readIfGiven(Objects.requireNonNull(root).signatures());
        Screen screen =
                new Screen(command.commandLine().getOut(), command.commandLine().getErr());
        try (Stopper stopper = data == null ? Stopper.atOnce(() -> leave(screen)) : Stopper.inGoodOrder()) {
            screen.status("starting a Kafka broker and the Flink job ...");
            Stack stack = stopper.closes(Stack.start(
                    new Stack.Settings(
                            data,
                            host,
                            port,
                            parallelism,
                            Duration.ofSeconds(checkpointSeconds),
                            new LocalJob.Ports(flinkPort, flinkMetricsPort)),
                    settings,
                    screen::line));
            AlertPrinter printer = new AlertPrinter(Colour.detect(), severity);
            TopicFeed feed = stopper.closes(TopicFeed.open(
                    stack.bootstrapServers(),
                    List.of(
                            stack.topics().alerts().name(),
                            stack.topics().rejected().name()),
                    (record, before) -> take(record, before, stack, printer, screen)));
            feed.awaitCaughtUp(CATCH_UP_PATIENCE);
            RunPage page = Beside.start(
                    stopper,
                    screen,
                    "run page",
                    "--page-port",
                    PAGE_PORT,
                    pagePort,
                    chosen -> RunPage.start(
                            PageSettings.LOOPBACK.withPort(chosen),
                            stack.page(),
                            Objects.requireNonNull(root).signatures()));
            AlertingGateway gateway = Beside.start(
                    stopper,
                    screen,
                    "gateway",
                    "--gateway-port",
                    GatewaySettings.PORT,
                    gatewayPort,
                    chosen -> AlertingGateway.start(
                            GatewaySettings.LOOPBACK.withPort(chosen),
                            KafkaSettings.of(stack.bootstrapServers()).withTopics(stack.topics())));
            screen.status("");
            introduce(screen, stack, page, gateway);
            return watch(screen, stack, feed);
        } catch (InterruptedException e) {
            screen.status("");
            screen.line("Stopped. The same command goes on from here.");
            return 0;
        }
    }

    private static void leave(Screen screen) {
        Stack.abandon();
        screen.status("");
        screen.line("Stopped.");
    }

    private int watch(Screen screen, Stack stack, TopicFeed feed) throws IOException, InterruptedException {
        while (!stack.failure().isDone()) {
            RuntimeException reading = feed.failure();
            if (reading != null) {
                throw new IOException("alerts can no longer be read: " + reading, reading);
            }
            screen.status(String.format(
                    Locale.ROOT, "%d incidents, %d open, %d events rejected", seen(), ledger.open(), rejections()));
            TimeUnit.MILLISECONDS.sleep(STATUS_MILLIS);
        }
        throw new IOException("the Flink job failed: " + stack.failure().join());
    }

    private int seen() {
        return ledger.incidents().size();
    }

    private synchronized long rejections() {
        return rejected;
    }

    private void take(
            ConsumerRecord<byte[], byte[]> record, boolean before, Stack stack, AlertPrinter printer, Screen screen) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        if (record.topic().equals(stack.topics().rejected().name())) {
            if (!before) {
                reject(RejectedJson.read(value), screen);
            }
            return;
        }
        Incident incident = IncidentJson.read(value);
        if (ledger.record(incident) && !before && printer.shows(incident)) {
            screen.line(printer.print(incident)
                    + (incident.status() == Incident.Status.OPEN ? "\n          id " + incident.id() : ""));
        }
    }

    private synchronized void reject(Rejected event, Screen screen) {
        rejected++;
        rejectedUntold++;
        if (System.nanoTime() - rejectionTold < REJECTIONS_APART_NANOS) {
            return;
        }
        String more = rejectedUntold == 1 ? "" : " (and " + (rejectedUntold - 1) + " more)";
        screen.line("REJECTED  " + RejectedJson.reason(event.reason()) + ": " + event.detail() + " [partition "
                + event.partition() + ", offset " + event.offset() + "]" + more);
        rejectionTold = System.nanoTime();
        rejectedUntold = 0;
    }

    private void introduce(Screen screen, Stack stack, @Nullable RunPage page, @Nullable AlertingGateway gateway) {
        String servers = stack.bootstrapServers();
        screen.line("Foreshock is up. Kafka: " + servers + "   data: "
                + (data == null ? "not kept (--data DIR keeps it)" : Home.shown(data)));
        if (page != null) {
            screen.line("In the browser: " + page.address());
        }
        screen.line("Flink: " + stack.flink()
                + (flinkMetricsPort == null
                        ? ""
                        : "   its metrics: http://127.0.0.1:" + flinkMetricsPort + "/metrics"));
        if (!ledger.incidents().isEmpty()) {
            screen.line("Known from before: " + ledger.incidents().size() + " incidents, " + ledger.open() + " open.");
        }
        screen.line(howToSend(stack, gateway));
        screen.line("Alerts come below, and as JSON on topic "
                + stack.topics().alerts().name() + "; what cannot be read goes to "
                + stack.topics().rejected().name() + ", with the reason.");
        screen.line("From another terminal: " + Home.command() + " publish LOGS --follow, " + Home.command()
                + " mute my-run loss_spike --for 2h, " + Home.command() + " ack ID"
                + (servers.endsWith(":9092") ? "" : ", each with --bootstrap-servers " + servers));
        screen.line("");
    }

    private static String howToSend(Stack stack, @Nullable AlertingGateway gateway) {
        String overHttp = gateway == null
                ? ""
                : """

                Send from training, in Python (pip install ingest/python; docs/connect has Hugging Face, TRL, Lightning and others):

                  import foreshock
                  foreshock.init(run="my-run"%2$s)
                  foreshock.log({"loss": loss, "grad_norm": grad_norm, "lr": lr}, step=step)

                from anywhere else, one JSON object a step and rank:

                  curl %1$s/v1/telemetry -d '{"run":"my-run","step":1,"metrics":{"loss":2.31,"grad_norm":0.8}}'
                """.formatted(
                                gateway.address(),
                                gateway.address().endsWith(":" + GatewaySettings.PORT)
                                        ? ""
                                        : ", url=\"" + gateway.address() + "\"");
        return overHttp
                + """

                Straight to Kafka, topic %2$s, the run's id as key, for example with kcat:

                  echo 'my-run|{"run":"my-run","step":2,"metrics":{"loss":NaN}}' | kcat -P -b %1$s -t %2$s -K '|'
                """.formatted(
                        stack.bootstrapServers(), stack.topics().telemetry().name());
    }
}
