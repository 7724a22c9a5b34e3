package io.foreshock.alias;

import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the metrics of one event under the names they were logged with and makes a {@link StepSample} of them
 * under canonical names.
 *
 * <p>A name given twice keeps the later numbers, as with repeated keys in JSON. When several names mean one signal,
 * the one of the highest precedence gets the canonical name and the others keep their own.
 *
 * <p>Buffers are kept from event to event and grow to the largest event seen; what is known of names sits in a table
 * of {@value #KNOWN_NAMES} places where a newcomer displaces whoever hashed there before, so that a million distinct
 * names cost time, never memory. One a thread: not thread-safe.
 */
public final class MetricCollector {
    /** Places in the table of known names, a power of two: several times what even a verbose run logs. */
    public static final int KNOWN_NAMES = 8192;

    private static final Signal[] SIGNALS = Signal.values();

    private final Aliases aliases;
    private final @Nullable MetricName[] known = new MetricName[KNOWN_NAMES];

    private int count;
    private MetricName[] names = new MetricName[32];
    private int[] layers = new int[32];
    private int[] heads = new int[32];
    /** Metric {@code i} owns {@code values[starts[i]]} up to {@code values[starts[i + 1]]}; an empty one is absent. */
    private int[] starts = new int[33];

    private double[] values = new double[256];

    /** Open addressing over the names of this event; a place is in use when its stamp is the event's. */
    private int[] places = new int[64];

    private int[] stamps = new int[64];
    private int stamp;

    private final int[] winner = new int[SIGNALS.length];
    private final int[] winnerRank = new int[SIGNALS.length];
    private final double[] winnerScale = new double[SIGNALS.length];
    private int[] signalOf = new int[32];

    /** Of the previous sample: samples are immutable, so those with the same metrics share these arrays. */
    private String[] lastNames = new String[0];

    private int[] lastLayers = new int[0];
    private int[] lastHeads = new int[0];

    public MetricCollector(Aliases aliases) {
        this.aliases = aliases;
    }

    /** Forgets the collected metrics, not what is known of names. */
    public void clear() {
        count = 0;
        starts[0] = 0;
        stamp++;
        if (stamp == 0) {
            Arrays.fill(stamps, 0);
            stamp = 1;
        }
    }

    /** Names collected since {@link #clear}, repeated ones counted again. */
    public int count() {
        return count;
    }

    /** Numbers collected since {@link #clear}. */
    public int numbers() {
        return starts[count];
    }

    /** Adds a metric of one number. */
    public void scalar(String name, double value) {
        begin(name);
        number(value);
        end(0, 0);
    }

    /** Begins a metric; its numbers follow, then {@link #end}. */
    public void begin(String name) {
        if (count == names.length) {
            int larger = 2 * count;
            names = Arrays.copyOf(names, larger);
            layers = Arrays.copyOf(layers, larger);
            heads = Arrays.copyOf(heads, larger);
            starts = Arrays.copyOf(starts, larger + 1);
            signalOf = Arrays.copyOf(signalOf, larger);
        }
        names[count] = known(name);
        starts[count + 1] = starts[count];
    }

    /** Adds a number to the metric begun; {@link StepSample#ABSENT} where one is missing inside an array. */
    public void number(double value) {
        int at = starts[count + 1]++;
        if (at == values.length) {
            values = Arrays.copyOf(values, 2 * at);
        }
        values[at] = value;
    }

    /** Numbers of the metric begun. */
    public int begun() {
        return starts[count + 1] - starts[count];
    }

    /**
     * Ends the metric begun. One without numbers counts as absent.
     *
     * @param layerCount 0 for a scalar
     * @param headCount 0 for a scalar or a per-layer metric
     * @throws IllegalArgumentException when the numbers given do not fill that shape
     */
    public void end(int layerCount, int headCount) {
        if (begun() != 0 && begun() != Math.max(1, layerCount) * Math.max(1, headCount)) {
            throw new IllegalArgumentException(names[count].logged + ": " + begun() + " numbers do not fill "
                    + layerCount + " layers and " + headCount + " heads");
        }
        layers[count] = layerCount;
        heads[count] = headCount;
        dropEarlier();
        count++;
    }

    /** Makes an earlier metric of the same name absent. */
    private void dropEarlier() {
        if (2 * count >= places.length) {
            places = new int[4 * places.length];
            stamps = new int[places.length];
            stamp = 1;
            for (int i = 0; i < count; i++) {
                put(i);
            }
        }
        int earlier = put(count);
        if (earlier >= 0) {
            layers[earlier] = -1;
        }
    }

    /** Enters metric {@code i} and returns the one of the same name that it replaces, or -1. */
    private int put(int i) {
        String name = names[i].logged;
        int mask = places.length - 1;
        int place = spread(name.hashCode()) & mask;
        while (stamps[place] == stamp) {
            int other = places[place];
            if (names[other].logged.equals(name)) {
                places[place] = i;
                return other;
            }
            place = (place + 1) & mask;
        }
        stamps[place] = stamp;
        places[place] = i;
        return -1;
    }

    private boolean isDropped(int i) {
        return layers[i] < 0 || starts[i] == starts[i + 1];
    }

    /** The sample; the collector keeps its metrics until {@link #clear}. For the parameters see {@link StepSample}. */
    public StepSample sample(
            String run, int attempt, int rank, long step, long ts, @Nullable RunEnd end, int partition, long offset) {
        chooseWinners();
        int kept = 0;
        int total = 0;
        boolean likeLast = true;
        for (int i = 0; i < count; i++) {
            if (isDropped(i)) {
                continue;
            }
            likeLast = likeLast
                    && kept < lastNames.length
                    && lastNames[kept].equals(canonical(i))
                    && lastLayers[kept] == layers[i]
                    && lastHeads[kept] == heads[i];
            kept++;
            total += starts[i + 1] - starts[i];
        }
        if (!likeLast || kept != lastNames.length) {
            shapes(kept);
        }
        return new StepSample(
                run, attempt, rank, step, ts, end, lastNames, lastLayers, lastHeads, numbers(total), partition, offset);
    }

    private void chooseWinners() {
        Arrays.fill(winner, -1);
        for (int i = 0; i < count; i++) {
            signalOf[i] = -1;
            if (isDropped(i)) {
                continue;
            }
            MetricName name = names[i];
            for (int m = 0; m < name.meanings.size(); m++) {
                MetricName.Meaning meaning = name.meanings.get(m);
                Alias.Condition when = meaning.when();
                if (when != null && holds(when.metric()) != when.present()) {
                    continue;
                }
                Signal signal = meaning.signal();
                if (signal != null) {
                    int s = signal.ordinal();
                    signalOf[i] = s;
                    if (winner[s] < 0 || meaning.rank() < winnerRank[s]) {
                        winner[s] = i;
                        winnerRank[s] = meaning.rank();
                        winnerScale[s] = meaning.scale();
                    }
                }
                break;
            }
        }
    }

    private boolean holds(String metric) {
        for (int i = 0; i < count; i++) {
            String name = names[i].logged;
            if (!isDropped(i)
                    && (name.equals(metric)
                            || (name.length() == metric.length() + Aliases.TRAIN.length()
                                    && name.startsWith(Aliases.TRAIN)
                                    && name.endsWith(metric)))) {
                return true;
            }
        }
        return false;
    }

    private boolean wins(int i) {
        return signalOf[i] >= 0 && winner[signalOf[i]] == i;
    }

    private String canonical(int i) {
        return wins(i) ? SIGNALS[signalOf[i]].key() : names[i].logged;
    }

    private void shapes(int kept) {
        lastNames = new String[kept];
        lastLayers = new int[kept];
        lastHeads = new int[kept];
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (!isDropped(i)) {
                lastNames[at] = canonical(i);
                lastLayers[at] = layers[i];
                lastHeads[at] = heads[i];
                at++;
            }
        }
    }

    private double[] numbers(int total) {
        double[] out = new double[total];
        int at = 0;
        for (int i = 0; i < count; i++) {
            if (isDropped(i)) {
                continue;
            }
            int size = starts[i + 1] - starts[i];
            double scale = wins(i) ? winnerScale[signalOf[i]] : 1;
            if (scale == 1) {
                System.arraycopy(values, starts[i], out, at, size);
            } else {
                for (int k = 0; k < size; k++) {
                    double value = values[starts[i] + k];
                    out[at + k] = StepSample.isAbsent(value) ? value : value * scale;
                }
            }
            at += size;
        }
        return out;
    }

    private MetricName known(String name) {
        int place = spread(name.hashCode()) & (KNOWN_NAMES - 1);
        MetricName found = known[place];
        if (found == null || !found.logged.equals(name)) {
            found = aliases.resolve(name);
            known[place] = found;
        }
        return found;
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 15);
    }
}
