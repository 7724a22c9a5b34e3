package io.foreshock.bench;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.live.Recording;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** All measurements, one after the other, in this process: what is compared shares machine, broker and data. */
public final class Bench {
    /** So many times the events of throughput are replayed: a replay is that much faster. */
    private static final int REPLAYED = 5;

    private Bench() {}

    /**
     * How much is measured.
     *
     * @param events events a round of throughput
     * @param rounds rounds that count; one more before them warms up
     * @param eventsPerSecond steady stream while latency is measured
     * @param seconds length of a round of latency
     */
    public record Settings(int events, int rounds, int eventsPerSecond, int seconds) {}

    /**
     * Measures.
     *
     * @param recordings what the traffic is made of
     * @param scratch for the job's temporary files
     * @param progress told what begins
     */
    public static Report run(Settings settings, List<Recording> recordings, Path scratch, Consumer<String> progress)
            throws IOException, InterruptedException {
        Report.Replayed replayed = replay(settings, recordings, scratch, progress);
        try (EmbeddedKafka kafka = EmbeddedKafka.start()) {
            progress.accept("filling a topic with " + settings.events() + " events");
            Throughput throughput = new Throughput(kafka, scratch);
            throughput.load(Traffic.of(recordings, settings.events(), "run-"));
            double[] plain = new double[settings.rounds()];
            double[] job = new double[settings.rounds()];
            double[] withSignals = new double[settings.rounds()];
            for (int round = -1; round < settings.rounds(); round++) {
                progress.accept("throughput, " + name(round, settings));
                double plainRate = throughput.plainLoop();
                double jobRate = throughput.job(false);
                double signalsRate = throughput.job(true);
                if (round >= 0) {
                    plain[round] = plainRate;
                    job[round] = jobRate;
                    withSignals[round] = signalsRate;
                }
            }
            return new Report(
                    machine(),
                    replayed,
                    throughput.events(),
                    throughput.meanBytes(),
                    plain,
                    job,
                    withSignals,
                    gateway(kafka, settings, recordings, progress),
                    settings.eventsPerSecond(),
                    latencies(kafka, settings, recordings, scratch, progress));
        }
    }

    /** Before there is a broker: one that has nothing to do still does something. */
    private static Report.Replayed replay(
            Settings settings, List<Recording> recordings, Path scratch, Consumer<String> progress)
            throws IOException, InterruptedException {
        progress.accept("writing a recording of " + REPLAYED * settings.events() + " events");
        ReplaySpeed speed = ReplaySpeed.of(recordings, REPLAYED * settings.events(), scratch);
        double[] parse = new double[settings.rounds()];
        double[] replay = new double[settings.rounds()];
        for (int round = -1; round < settings.rounds(); round++) {
            progress.accept("replay, " + name(round, settings));
            double parseSeconds = speed.parse();
            double replaySeconds = speed.replay();
            if (round >= 0) {
                parse[round] = parseSeconds;
                replay[round] = replaySeconds;
            }
        }
        return new Report.Replayed(speed.events(), speed.bytes(), parse, replay);
    }

    private static Report.Ingested gateway(
            EmbeddedKafka kafka, Settings settings, List<Recording> recordings, Consumer<String> progress)
            throws IOException, InterruptedException {
        double[] producer = new double[settings.rounds()];
        double[] gateway = new double[settings.rounds()];
        try (GatewaySpeed speed = new GatewaySpeed(kafka, Traffic.of(recordings, settings.events(), "posted-"))) {
            for (int round = -1; round < settings.rounds(); round++) {
                progress.accept("gateway, " + name(round, settings));
                double producerRate = speed.producer();
                double gatewayRate = speed.gateway();
                if (round >= 0) {
                    producer[round] = producerRate;
                    gateway[round] = gatewayRate;
                }
            }
        }
        return new Report.Ingested(settings.events(), producer, gateway);
    }

    private static List<double[]> latencies(
            EmbeddedKafka kafka, Settings settings, List<Recording> recordings, Path scratch, Consumer<String> progress)
            throws IOException, InterruptedException {
        List<Recording> healthy = recordings.stream()
                .filter(recording -> recording.failure().signature().isEmpty())
                .toList();
        List<double[]> latencies = new ArrayList<>();
        try (Latency latency = new Latency(kafka, scratch)) {
            for (int round = -1; round < settings.rounds(); round++) {
                progress.accept("latency, " + name(round, settings));
                List<Traffic.Event> traffic = Traffic.of(
                        healthy, settings.eventsPerSecond() * settings.seconds(), "steady-" + (round + 1) + "-");
                double[] measured = latency.measure(traffic, settings.eventsPerSecond());
                if (round >= 0) {
                    latencies.add(measured);
                }
            }
        }
        return latencies;
    }

    private static String name(int round, Settings settings) {
        return round < 0 ? "warming up" : "round " + (round + 1) + " of " + settings.rounds();
    }

    private static String machine() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.availableProcessors() + " cores, heap " + runtime.maxMemory() / (1 << 20) + " MB, Java "
                + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.arch");
    }
}
