package io.foreshock.incident;

import io.foreshock.detect.Severity;
import io.foreshock.state.Archive;
import io.foreshock.statistics.Forecast;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One signature at one place of one run, from when it opens until it resolves; each change of it is one such record.
 *
 * @param id see {@link #id}
 * @param run the run
 * @param attempt how often the run had been resumed when it opened
 * @param signature slug of the signature
 * @param series the worst series by now
 * @param seriesCount how many series of the signature it folds, itself included, {@code >= 1}
 * @param severity the highest it reached
 * @param status where it stands
 * @param onsetStep step since which it shows
 * @param detectedStep step at which it opened
 * @param step step of this change
 * @param ts epoch milliseconds of that step, or -1
 * @param value what was observed, in {@code unit}
 * @param threshold beyond which it fires, in {@code unit}
 * @param unit base unit; "1" for a pure number
 * @param forecast when it will hurt, or null
 * @param summary one sentence
 * @param advice what people do about it
 * @param story what it follows from and what follows from it
 * @param reference paper, or ""
 * @param window the signal's last rows
 * @param muted whether somebody has muted the signature for this run: it is told, but calls nobody
 * @param acknowledged who has seen it, or null
 */
public record Incident(
        String id,
        String run,
        int attempt,
        String signature,
        String series,
        int seriesCount,
        Severity severity,
        Status status,
        long onsetStep,
        long detectedStep,
        long step,
        long ts,
        double value,
        double threshold,
        String unit,
        @Nullable Forecast forecast,
        String summary,
        List<String> advice,
        Story story,
        String reference,
        Window window,
        boolean muted,
        @Nullable Acknowledgement acknowledged) {

    /** An incident of which nobody has said anything yet. */
    public Incident(
            String id,
            String run,
            int attempt,
            String signature,
            String series,
            int seriesCount,
            Severity severity,
            Status status,
            long onsetStep,
            long detectedStep,
            long step,
            long ts,
            double value,
            double threshold,
            String unit,
            @Nullable Forecast forecast,
            String summary,
            List<String> advice,
            Story story,
            String reference,
            Window window) {
        this(
                id,
                run,
                attempt,
                signature,
                series,
                seriesCount,
                severity,
                status,
                onsetStep,
                detectedStep,
                step,
                ts,
                value,
                threshold,
                unit,
                forecast,
                summary,
                advice,
                story,
                reference,
                window,
                false,
                null);
    }

    /** The same, muted or not, acknowledged or not. */
    public Incident handled(boolean isMuted, @Nullable Acknowledgement seen) {
        return copy(severity, status, step, ts, summary, story, isMuted, seen);
    }

    /** An incident of nothing, to read one into. */
    static final Incident BLANK = new Incident(
            "",
            "",
            0,
            "",
            "",
            0,
            Severity.INFO,
            Status.OPEN,
            0,
            0,
            0,
            0,
            0,
            0,
            "",
            null,
            "",
            List.of(),
            new Story(null, "", false, List.of()),
            "",
            Window.EMPTY);

    /** Id of the incident of the same run that explains this one, or null. */
    public @Nullable String cause() {
        return story.cause();
    }

    /**
     * True if a person is to be called: it is no information, follows from nothing that called already, and nobody has
     * muted or acknowledged it.
     */
    public boolean pages() {
        return story.pages() && !muted && acknowledged == null;
    }

    /** The same in hindsight, in which it is harmless. */
    public Incident belittled() {
        return as(Severity.INFO, summary);
    }

    /** The same as part of this story. */
    Incident with(Story part) {
        return copy(severity, status, step, ts, summary, part, muted, acknowledged);
    }

    /** The same, this grave and in these words. */
    Incident as(Severity grave, String words) {
        return copy(grave, status, step, ts, words, story, muted, acknowledged);
    }

    /** The same as it stands at another step. */
    Incident at(Status stands, long when, long time) {
        return copy(severity, stands, when, time, summary, story, muted, acknowledged);
    }

    private Incident copy(
            Severity grave,
            Status stands,
            long when,
            long time,
            String words,
            Story part,
            boolean isMuted,
            @Nullable Acknowledgement seen) {
        return new Incident(
                id,
                run,
                attempt,
                signature,
                series,
                seriesCount,
                grave,
                stands,
                onsetStep,
                detectedStep,
                when,
                time,
                value,
                threshold,
                unit,
                forecast,
                words,
                advice,
                part,
                reference,
                window,
                isMuted,
                seen);
    }

    /** Where an incident stands. */
    public enum Status {
        OPEN,
        UPDATED,
        RESOLVED
    }

    /**
     * The signal's course up to this change, oldest first; for layers and heads the largest of the row.
     *
     * @param steps the steps
     * @param values a value a step
     */
    public record Window(long[] steps, double[] values) {
        public static final Window EMPTY = new Window(new long[0], new double[0]);

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Window that
                    && Arrays.equals(steps, that.steps)
                    && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return Objects.hash(Arrays.hashCode(steps), Arrays.hashCode(values));
        }
    }

    /**
     * The same for the same run, attempt, signature, series and onset, whoever computes it, so that replays and
     * restarts write the same record again.
     *
     * @return 16 hexadecimal digits
     */
    public static String id(String run, int attempt, String signature, String series, long onsetStep) {
        String identity = String.join("\0", run, String.valueOf(attempt), signature, series, String.valueOf(onsetStep));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(identity.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Writes this incident, or reads another in its place. */
    Incident persist(Archive archive) throws IOException {
        return new Incident(
                archive.word(id),
                archive.word(run),
                archive.count(attempt),
                archive.word(signature),
                archive.word(series),
                archive.count(seriesCount),
                archive.constant(severity, Severity.values()),
                archive.constant(status, Status.values()),
                archive.whole(onsetStep),
                archive.whole(detectedStep),
                archive.whole(step),
                archive.whole(ts),
                archive.real(value),
                archive.real(threshold),
                archive.word(unit),
                Forecast.persist(archive, forecast),
                archive.word(summary),
                List.of(archive.words(advice.toArray(new String[0]))),
                story.persist(archive),
                archive.word(reference),
                new Window(archive.wholes(window.steps()), archive.reals(window.values())),
                archive.flag(muted),
                Acknowledgement.persist(archive, acknowledged));
    }
}
