package io.foreshock.live;

import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Plays recorded runs side by side, as if they trained now.
 *
 * <p><b>Two clocks.</b> An event's time stamp is the moment the playback began plus the time that the recording had
 * been going: the rhythm of the run, and a stall in it, are judged as they happened. When the event is sent follows the
 * same rhythm, sped up, with pauses cut to {@link #LONGEST_PAUSE_MILLIS}: so time stamps run ahead of the wall clock.
 */
public final class Playback {
    /** Nobody wants to watch a stall of an hour and a half. */
    private static final double LONGEST_PAUSE_MILLIS = 3_000;

    private final List<Cue> cues;
    private final boolean paced;

    /** What is sent when. */
    private record Cue(double atMillis, StepSample sample) {}

    /** Where events go. */
    public interface Sink {
        void send(StepSample sample) throws InterruptedException;
    }

    private Playback(List<Cue> cues, boolean paced) {
        this.cues = cues;
        this.paced = paced;
    }

    /**
     * Prepares the playback.
     *
     * @param now epoch milliseconds at which it is to begin
     * @param speed steps a second that each run takes on average, {@link Double#POSITIVE_INFINITY} for no pauses
     */
    public static Playback of(List<Recording> recordings, long now, double speed) {
        List<Cue> cues = new ArrayList<>();
        for (Recording recording : recordings) {
            add(recording, now, speed, cues);
        }
        // Stable: at one moment, and with infinite speed altogether, runs keep their order.
        cues.sort(Comparator.comparingDouble(Cue::atMillis));
        return new Playback(cues, !Double.isInfinite(speed));
    }

    /** Events to send, ends of runs included. */
    public int size() {
        return cues.size();
    }

    /** How long it takes. */
    public double seconds() {
        return cues.isEmpty() ? 0 : cues.get(cues.size() - 1).atMillis() / 1000;
    }

    /** Sends each event at its moment; returns after the last. */
    public void play(Sink sink) throws InterruptedException {
        long began = System.nanoTime();
        for (Cue cue : cues) {
            long due = began + (long) (cue.atMillis() * 1e6);
            for (long wait = due - System.nanoTime(); paced && wait > 0; wait = due - System.nanoTime()) {
                TimeUnit.NANOSECONDS.sleep(wait);
            }
            sink.send(cue.sample());
        }
    }

    private static void add(Recording recording, long now, double speed, List<Cue> cues) {
        List<StepSample> samples = recording.samples();
        double stretch = 1000 / speed / usualGap(samples);
        double at = 0;
        long before = recording.start();
        long ts = now;
        for (int i = 0; i < samples.size(); i++) {
            StepSample sample = samples.get(i);
            long gap = sample.ts() == StepSample.NONE ? 0 : Math.max(0, sample.ts() - before);
            before = Math.max(before, sample.ts());
            ts += gap;
            at += Double.isInfinite(speed) ? 1 : Math.min(LONGEST_PAUSE_MILLIS, gap * stretch);
            cues.add(new Cue(at, Recording.copy(sample, sample.run(), ts)));
        }
        StepSample last = samples.get(samples.size() - 1);
        cues.add(new Cue(at, StepSample.end(recording.run(), last.attempt(), RunEnd.FINISHED, ts)));
    }

    /** The mean without the pauses that stand out, in milliseconds. */
    private static double usualGap(List<StepSample> samples) {
        double[] gaps = new double[samples.size() - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = Math.max(0, samples.get(i + 1).ts() - samples.get(i).ts());
        }
        Arrays.sort(gaps);
        int usual = Math.max(1, (int) (gaps.length * 0.99));
        double sum = 0;
        for (int i = 0; i < Math.min(usual, gaps.length); i++) {
            sum += gaps[i];
        }
        return Math.max(1, sum / usual);
    }
}
