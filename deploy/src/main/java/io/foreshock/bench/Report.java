package io.foreshock.bench;

import java.util.List;

/**
 * What was measured.
 *
 * @param machine what it was measured on
 * @param replay what replaying a file takes
 * @param events events of a round of throughput
 * @param meanBytes their mean size
 * @param plainLoop events a second, a value a round
 * @param job the same for the job that writes alerts
 * @param jobWithSignals the same for the job that writes alerts and a row a step
 * @param gateway what the gateway takes
 * @param eventsPerSecond the steady stream of the latency rounds
 * @param latencies milliseconds, ascending, an array a round
 */
public record Report(
        String machine,
        Replayed replay,
        long events,
        double meanBytes,
        double[] plainLoop,
        double[] job,
        double[] jobWithSignals,
        Ingested gateway,
        int eventsPerSecond,
        List<double[]> latencies) {

    /**
     * A recorded file, replayed.
     *
     * @param events its events
     * @param bytes its size before it was packed
     * @param parseSeconds what merely unpacking and parsing it takes, a value a round
     * @param replaySeconds what replaying it takes, a value a round
     */
    public record Replayed(long events, long bytes, double[] parseSeconds, double[] replaySeconds) {
        /** The median of the rounds' ratios. */
        public double ratio() {
            return medianRatio(replaySeconds, parseSeconds);
        }

        /** Events a second that are unpacked and parsed. */
        public double parsed() {
            return events / Latency.median(parseSeconds);
        }

        /** Events a second that are replayed. */
        public double replayed() {
            return events / Latency.median(replaySeconds);
        }
    }

    /**
     * Events that are handed to the broker and confirmed.
     *
     * @param events events of a round
     * @param producer events a second of a plain producer, a value a round
     * @param gateway the same through the gateway
     */
    public record Ingested(long events, double[] producer, double[] gateway) {
        /** The median of the rounds' ratios. */
        public double ratio() {
            return medianRatio(gateway, producer);
        }

        public double producerRate() {
            return Latency.median(producer);
        }

        public double gatewayRate() {
            return Latency.median(gateway);
        }
    }

    public double plain() {
        return Latency.median(plainLoop);
    }

    /** The median of the rounds' ratios: what slows the machine down slows both of a round. */
    public double ratio() {
        return medianRatio(job, plainLoop);
    }

    public double ratioWithSignals() {
        return medianRatio(jobWithSignals, plainLoop);
    }

    public double jobRate() {
        return Latency.median(job);
    }

    public double jobRateWithSignals() {
        return Latency.median(jobWithSignals);
    }

    /** The median of the rounds' percentiles, in milliseconds. */
    public double latency(double share) {
        return Latency.median(latencies.stream()
                .mapToDouble(round -> Latency.percentile(round, share))
                .toArray());
    }

    public int alerts() {
        return latencies.stream().mapToInt(round -> round.length).sum();
    }

    private static double medianRatio(double[] ours, double[] bare) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ours.length; i++) {
            ratios[i] = ours[i] / bare[i];
        }
        return Latency.median(ratios);
    }
}
