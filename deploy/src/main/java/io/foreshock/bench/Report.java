package io.foreshock.bench;

import java.util.List;

/**
 * What was measured.
 *
 * @param machine what it was measured on
 * @param events events of a round of throughput
 * @param meanBytes their mean size
 * @param plainLoop events a second, a value a round
 * @param job the same for the job that writes alerts
 * @param jobWithSignals the same for the job that writes alerts and a row a step
 * @param eventsPerSecond the steady stream of the latency rounds
 * @param latencies milliseconds, ascending, an array a round
 */
public record Report(
        String machine,
        long events,
        double meanBytes,
        double[] plainLoop,
        double[] job,
        double[] jobWithSignals,
        int eventsPerSecond,
        List<double[]> latencies) {

    public double plain() {
        return Latency.median(plainLoop);
    }

    /** The median of the rounds' ratios: what slows the machine down slows both of a round. */
    public double ratio() {
        return ratio(job);
    }

    public double ratioWithSignals() {
        return ratio(jobWithSignals);
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

    private double ratio(double[] rates) {
        double[] ratios = new double[rates.length];
        for (int i = 0; i < rates.length; i++) {
            ratios[i] = rates[i] / plainLoop[i];
        }
        return Latency.median(ratios);
    }
}
