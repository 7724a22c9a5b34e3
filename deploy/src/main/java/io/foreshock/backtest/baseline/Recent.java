package io.foreshock.backtest.baseline;

/** The last values of a series, with mean and deviation. Plain and linear: baselines are judged, not deployed. */
final class Recent {
    private final double[] ring;
    private int next;
    private int size;

    Recent(int length) {
        ring = new double[length];
    }

    void add(double value) {
        ring[next] = value;
        next = (next + 1) % ring.length;
        size = Math.min(ring.length, size + 1);
    }

    int size() {
        return size;
    }

    boolean full() {
        return size == ring.length;
    }

    /** The value that {@code age} others followed. */
    double newest(int age) {
        return ring[(next - 1 - age + 2 * ring.length) % ring.length];
    }

    double mean() {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += ring[i];
        }
        return sum / size;
    }

    /** @param lost degrees of freedom lost: 0 for the population's deviation, 1 for the sample's */
    double deviation(int lost) {
        double mean = mean();
        double squares = 0;
        for (int i = 0; i < size; i++) {
            squares += (ring[i] - mean) * (ring[i] - mean);
        }
        return Math.sqrt(squares / Math.max(1, size - lost));
    }
}
