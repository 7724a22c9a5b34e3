package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.bench.Bench;
import io.foreshock.bench.Report;
import io.foreshock.live.Recording;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code foreshock bench}: how fast it is here. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Measure replay, throughput, gateway and latency on this machine, with everything embedded.",
        description = {
            "",
            "  replay       one recorded file, unpacked, parsed and judged as foreshock replay does it, against merely"
                    + " unpacking and parsing it; the ratio of the two times is what judging adds",
            "  throughput   the Flink job at parallelism 1 against a plain loop that polls, parses and runs the same"
                    + " judges on the same Kafka topic; the ratio is what Flink costs",
            "  gateway      events posted by four senders, 500 a packed body, until the broker has confirmed them, against a"
                    + " producer with the same settings in this process; the ratio is what HTTP costs",
            "  latency      from handing an event to the publisher until its alert is read back from Kafka, with a"
                    + " checkpoint every second and a steady stream of other events",
            "",
            "Rounds alternate, one warms up, and medians are printed: read the ratios, the rest depends on the machine and"
                    + " on what else it does.",
            ""
        },
        footer = {"", "Examples:", "  foreshock bench", "  foreshock bench --rounds 5 --json > bench.json"})
final class BenchCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--events",
            paramLabel = "N",
            defaultValue = "60000",
            description = "Events a round of throughput; the file that is replayed has five times as many (default:"
                    + " ${DEFAULT-VALUE}).")
    private int events;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "3",
            description = "Rounds that count (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "2000",
            description = "Events a second while latency is measured (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "15",
            description = "Length of a round of latency (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description = "Recorded runs to make the traffic of (default: those that come with Foreshock).")
    private @Nullable Path runs;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        if (events < 1 || rounds < 1 || rate < 1 || seconds < 1) {
            throw new ParameterException(
                    command.commandLine(), "--events, --rounds, --rate and --seconds must be above 0");
        }
        PrintWriter err = command.commandLine().getErr();
        PrintWriter out = command.commandLine().getOut();
        Path scratch = Files.createTempDirectory("foreshock-bench-");
        try {
            Report report = Bench.run(
                    new Bench.Settings(events, rounds, rate, seconds),
                    Recording.read(runs == null ? Home.runs() : runs),
                    scratch,
                    stage -> {
                        err.println(stage);
                        err.flush();
                    });
            if (json) {
                out.println(toJson(report));
            } else {
                print(report, out);
            }
            out.flush();
            return 0;
        } finally {
            delete(scratch);
        }
    }

    private static void print(Report report, PrintWriter out) {
        out.println("Machine: " + report.machine());
        Report.Replayed replayed = report.replay();
        out.printf(
                Locale.ROOT,
                "Replay: one file of %,d events of %,.0f bytes, median of %d rounds%n%n",
                replayed.events(),
                (double) replayed.bytes() / replayed.events(),
                replayed.parseSeconds().length);
        Table replay = new Table("what", ">events/s", ">ratio of times");
        replay.row("unpack and parse", number(replayed.parsed()), "1");
        replay.row("replay", number(replayed.replayed()), ratio(replayed.ratio()));
        replay.print(out);
        out.printf(
                Locale.ROOT,
                "%nThroughput: %,d events of %,.0f bytes, median of %d rounds%n%n",
                report.events(),
                report.meanBytes(),
                report.plainLoop().length);
        Table throughput = new Table("what", ">events/s", ">ratio");
        throughput.row("plain loop", number(report.plain()), "1");
        throughput.row("job, alerts", number(report.jobRate()), ratio(report.ratio()));
        throughput.row(
                "job, alerts and signals", number(report.jobRateWithSignals()), ratio(report.ratioWithSignals()));
        throughput.print(out);
        Report.Ingested ingested = report.gateway();
        out.printf(
                Locale.ROOT,
                "%nGateway: %,d events, 4 senders, 500 events a body, median of %d rounds%n%n",
                ingested.events(),
                ingested.producer().length);
        Table gateway = new Table("what", ">events/s", ">ratio");
        gateway.row("producer, acks=all", number(ingested.producerRate()), "1");
        gateway.row("gateway", number(ingested.gatewayRate()), ratio(ingested.ratio()));
        gateway.print(out);
        out.printf(
                Locale.ROOT,
                "%nLatency: %,d events/s, checkpoint every second, %,d alerts, median of %d rounds%n%n",
                report.eventsPerSecond(),
                report.alerts(),
                report.latencies().size());
        Table latency = new Table("publish to alert", ">ms");
        latency.row("p50", millis(report.latency(0.5)));
        latency.row("p90", millis(report.latency(0.9)));
        latency.row("p99", millis(report.latency(0.99)));
        latency.row("max", millis(report.latency(1)));
        latency.print(out);
    }

    private static String toJson(Report report) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("machine", report.machine());
        ObjectNode replay = root.putObject("replay");
        replay.put("events", report.replay().events());
        replay.put("bytes", report.replay().bytes());
        replay.set("parse_seconds", mapper.valueToTree(report.replay().parseSeconds()));
        replay.set("replay_seconds", mapper.valueToTree(report.replay().replaySeconds()));
        replay.put("ratio", report.replay().ratio());
        ObjectNode throughput = root.putObject("throughput");
        throughput.put("events", report.events());
        throughput.put("mean_bytes", report.meanBytes());
        throughput.set("plain_loop_events_per_second", mapper.valueToTree(report.plainLoop()));
        throughput.set("job_events_per_second", mapper.valueToTree(report.job()));
        throughput.set("job_with_signals_events_per_second", mapper.valueToTree(report.jobWithSignals()));
        throughput.put("ratio", report.ratio());
        throughput.put("ratio_with_signals", report.ratioWithSignals());
        ObjectNode gateway = root.putObject("gateway");
        gateway.put("events", report.gateway().events());
        gateway.set(
                "producer_events_per_second",
                mapper.valueToTree(report.gateway().producer()));
        gateway.set(
                "gateway_events_per_second", mapper.valueToTree(report.gateway().gateway()));
        gateway.put("ratio", report.gateway().ratio());
        ObjectNode latency = root.putObject("latency_ms");
        latency.put("events_per_second", report.eventsPerSecond());
        latency.put("alerts", report.alerts());
        latency.put("p50", report.latency(0.5));
        latency.put("p90", report.latency(0.9));
        latency.put("p99", report.latency(0.99));
        latency.put("max", report.latency(1));
        return mapper.writeValueAsString(root);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String millis(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static void delete(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
