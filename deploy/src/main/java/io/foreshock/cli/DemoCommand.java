package io.foreshock.cli;

import io.foreshock.detect.Severity;
import io.foreshock.embedded.Stack;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.live.Playback;
import io.foreshock.live.Recording;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.settings.Settings;
import io.foreshock.terminal.AlertPrinter;
import io.foreshock.terminal.Colour;
import io.foreshock.terminal.RunSummary;
import io.foreshock.terminal.RunTable;
import io.foreshock.topics.Ledger;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock demo}: everything at work on recorded runs, in about a minute and a half. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Watch recorded runs being judged live: everything embedded, nothing to install.",
        description = {
            "",
            "Starts a Kafka broker and the Flink job in this process, publishes recorded training runs as if they trained"
                    + " now, reads the alerts back from Kafka, prints each as it opens, changes and is resolved, and ends"
                    + " with a table that compares them with what is known of the runs. Leaves nothing behind.",
            "",
            "The runs' time stamps begin now and keep the recorded spacing; events are sent faster than that, and long"
                    + " pauses are cut to 3 s.",
            ""
        },
        footer = {"", "Examples:", "  foreshock demo", "  foreshock demo --speed max --only 'ramp|collapse'"})
final class DemoCommand implements Callable<Integer> {
    private static final Duration FLUSH_PATIENCE = Duration.ofSeconds(30);
    private static final Duration JUDGE_PATIENCE = Duration.ofSeconds(30);
    private static final long LOOK_AGAIN_MILLIS = 100;

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--speed",
            paramLabel = "N|max",
            defaultValue = "16",
            description = "Steps a second that each run takes (default: ${DEFAULT-VALUE}).")
    private String speed = "16";

    @Option(names = "--only", paramLabel = "REGEX", description = "Play only the runs whose name contains a match.")
    private String only = "";

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description =
                    "Recorded runs, *.jsonl.gz, and the labels.json that names them (default: those that come with"
                            + " Foreshock).")
    private @Nullable Path runs;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Port of the Kafka broker on the loopback interface (default: a free one).")
    private int port;

    @Option(
            names = "--page-port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Port of the run page on the loopback interface (default: a free one).")
    private int pagePort;

    @Mixin
    private ConfigFile config = new ConfigFile();

    @Option(
            names = "--severity",
            paramLabel = "LEVEL",
            defaultValue = "warning",
            description = "Print alerts from this severity on: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Severity severity = Severity.WARNING;

    private final Ledger ledger = new Ledger();
    private final Map<String, Long> judged = new ConcurrentHashMap<>();
    private final Map<String, Long> lastSteps = new ConcurrentHashMap<>();

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        double pace = Speed.of(command, speed);
        Ports.check(command, "--port", port);
        Ports.check(command, "--page-port", pagePort);
        List<Recording> recordings = recordings();
        Settings settings = config.readIfGiven(Objects.requireNonNull(root).signatures());
        Screen screen =
                new Screen(command.commandLine().getOut(), command.commandLine().getErr());
        Colour colour = Colour.detect();
        Playback playback = Playback.of(recordings, System.currentTimeMillis(), pace);
        introduce(screen, recordings, playback, pace);

        try (Stopper stopper = Stopper.atOnce(() -> leave(screen))) {
            long starting = System.nanoTime();
            screen.status("starting a Kafka broker and the Flink job ...");
            Stack stack = stopper.closes(Stack.start(Stack.Settings.PASSING.withPort(port), settings, screen::line));
            screen.status("");
            screen.line(String.format(
                    Locale.ROOT,
                    "Kafka (%s) and the Flink job are up after %.1f s.%n",
                    stack.bootstrapServers(),
                    (System.nanoTime() - starting) / 1e9));
            RunPage page = Beside.start(
                    stopper,
                    screen,
                    "run page",
                    "--page-port",
                    pagePort,
                    pagePort,
                    port -> RunPage.start(
                            PageSettings.LOOPBACK.withPort(port),
                            stack.page(),
                            Objects.requireNonNull(root).signatures()));
            if (page != null) {
                screen.line("Watch it in the browser: " + page.address() + "\n");
            }
            AlertPrinter printer = new AlertPrinter(colour, severity);
            TopicFeed feed = stopper.closes(TopicFeed.open(
                    stack.bootstrapServers(),
                    List.of(
                            stack.topics().alerts().name(),
                            stack.topics().signals().name()),
                    (record, before) -> take(record, stack, printer, screen)));
            TelemetryPublisher publisher = TelemetryPublisher.connect(stack.bootstrapServers());
            stopper.closes(() -> publisher.close(Duration.ofMillis(500)));

            boolean complete = play(playback, publisher, recordings, screen) && awaitVerdicts(recordings, stack, feed);
            screen.status("");
            summarise(screen, colour, recordings);
            if (!complete) {
                throw new IOException(incomplete(stack, feed, publisher));
            }
            return 0;
        }
    }

    private static void leave(Screen screen) {
        Stack.abandon();
        screen.status("");
        screen.line("Stopped.");
    }

    private List<Recording> recordings() throws IOException {
        List<Recording> all = Recording.read(runs == null ? Home.runs() : runs);
        List<Recording> chosen = all.stream()
                .filter(recording -> Patterns.of(Objects.requireNonNull(spec), "--only", only)
                        .matcher(recording.run())
                        .find())
                .toList();
        if (chosen.isEmpty()) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "no recorded run matches --only " + only + "; there are "
                            + String.join(", ", all.stream().map(Recording::run).toList()));
        }
        return chosen;
    }

    private static void introduce(Screen screen, List<Recording> recordings, Playback playback, double pace) {
        long healthy = recordings.stream()
                .filter(recording -> recording.failure().signature().isEmpty())
                .count();
        screen.line("Playing " + recordings.size() + " recorded training runs, " + healthy + " of them healthy"
                + (Double.isInfinite(pace)
                        ? ", as fast as it goes."
                        : String.format(Locale.ROOT, ", in about %.0f s. Ctrl-C ends it.", playback.seconds())));
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Stack stack, AlertPrinter printer, Screen screen) {
        byte[] value = record.value();
        if (value == null) {
            return;
        }
        if (record.topic().equals(stack.topics().alerts().name())) {
            Incident incident = IncidentJson.read(value);
            if (ledger.record(incident) && printer.shows(incident)) {
                screen.line(printer.print(incident));
            }
        } else {
            StepSignals signals = SignalsJson.read(value);
            if (signals.end() == null) {
                judged.merge(signals.run(), 1L, Long::sum);
            }
            lastSteps.put(signals.run(), signals.step());
        }
    }

    private boolean play(Playback playback, TelemetryPublisher publisher, List<Recording> recordings, Screen screen)
            throws InterruptedException {
        AtomicLong sent = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        long began = System.nanoTime();
        Thread status = new Thread(() -> {
            try {
                while (!done.await(LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS)) {
                    double seconds = (System.nanoTime() - began) / 1e9;
                    long steps = sent.get();
                    screen.status(String.format(
                            Locale.ROOT,
                            "%3d %%  %d runs, %,d steps (%,.0f a second), %d incidents, %d open",
                            100 * steps / playback.size(),
                            recordings.size(),
                            steps,
                            steps / seconds,
                            ledger.incidents().size(),
                            ledger.open()));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        status.setDaemon(true);
        status.start();
        try {
            playback.play(sample -> {
                // At full speed the buffer would overflow, and the oldest events be dropped.
                while (publisher.stats().buffered() > TelemetryPublisher.Settings.DEFAULT.maxEvents() / 2) {
                    TimeUnit.MILLISECONDS.sleep(1);
                }
                publisher.publish(sample);
                sent.incrementAndGet();
            });
            return publisher.flush(FLUSH_PATIENCE);
        } finally {
            done.countDown();
            status.join();
        }
    }

    /** Until the last step of every run was judged and, their ends being known, every incident is resolved. */
    private boolean awaitVerdicts(List<Recording> recordings, Stack stack, TopicFeed feed) throws InterruptedException {
        long deadline = System.nanoTime() + JUDGE_PATIENCE.toNanos();
        while (System.nanoTime() < deadline
                && feed.failure() == null
                && !stack.failure().isDone()) {
            boolean all = ledger.open() == 0;
            for (Recording recording : recordings) {
                all &= lastSteps.getOrDefault(recording.run(), -1L) >= recording.lastStep();
            }
            if (all) {
                // An alert and the signals of its step come on two topics, in no order.
                TimeUnit.MILLISECONDS.sleep(3 * LOOK_AGAIN_MILLIS);
                if (ledger.open() == 0) {
                    return true;
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN_MILLIS);
        }
        return false;
    }

    private String incomplete(Stack stack, TopicFeed feed, TelemetryPublisher publisher) {
        if (stack.failure().isDone()) {
            return "the Flink job failed: " + stack.failure().join();
        }
        RuntimeException reading = feed.failure();
        if (reading != null) {
            return "alerts could not be read: " + reading;
        }
        return "not everything was judged in time: " + publisher.stats().sent() + " events were sent, "
                + judged.values().stream().mapToLong(Long::longValue).sum() + " steps were judged, "
                + ledger.open() + " incidents are still open";
    }

    private void summarise(Screen screen, Colour colour, List<Recording> recordings) {
        Map<String, List<Incident>> incidents = RunSummary.lastStates(ledger.incidents());
        List<RunSummary> summaries = new ArrayList<>();
        for (Recording recording : recordings) {
            summaries.add(new RunSummary(
                    recording.run(),
                    judged.getOrDefault(recording.run(), 0L),
                    lastSteps.getOrDefault(recording.run(), -1L),
                    "finished",
                    incidents.getOrDefault(recording.run(), List.of()),
                    recording.failure()));
        }
        screen.line("\n" + new RunTable(colour).print(summaries));
        screen.line("\nNext:");
        Path directory = runs == null ? Home.shown(Home.runs()) : runs;
        Path example = directory.resolve(recordings.get(recordings.size() / 2).run() + ".jsonl.gz");
        screen.line("  " + Home.command() + " replay " + example + "   the same judgement of a file, without Kafka");
        screen.line("  " + Home.command() + " up   judge your own runs: prints how to send them");
    }
}
