package io.foreshock.settings;

import com.fasterxml.jackson.databind.JsonNode;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Json;
import io.foreshock.wire.Limits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One record of topic {@code foreshock.settings}. Its key says what it is about, so that compaction keeps the last word:
 * {@code settings}, {@code mute/RUN/SIGNATURE} or {@code ack/ID}; no value takes it back.
 */
public sealed interface SettingsChange {
    /** Key of the settings. */
    String SETTINGS = "settings";

    /** The record's key. */
    String key();

    /** The record's value, or null to take it back. */
    byte @Nullable [] json();

    /**
     * Other settings from here on.
     *
     * @param settings the settings, or null for everything as it is
     */
    record Settled(@Nullable Settings settings) implements SettingsChange {
        @Override
        public String key() {
            return SETTINGS;
        }

        @Override
        public byte @Nullable [] json() {
            return settings == null ? null : settings.json();
        }
    }

    /**
     * A signature calls nobody for a while: it is judged and told, marked as muted.
     *
     * @param run the runs, as a glob
     * @param signature its slug, or {@link Settings#ALL}
     * @param until epoch milliseconds at which it ends, by the time at which telemetry reached Kafka;
     *     {@link Long#MAX_VALUE} for no end
     * @param untilStep step at which it ends; {@link Long#MAX_VALUE} for no end
     * @param by who muted it
     * @param note why, or ""
     */
    record Mute(String run, String signature, long until, long untilStep, String by, String note)
            implements SettingsChange {
        @Override
        public String key() {
            return key(run, signature);
        }

        /** The key of a mute. */
        public static String key(String run, String signature) {
            return MUTE + run + "/" + signature;
        }

        /** True if an incident of this signature, at this step and time, is muted. */
        public boolean covers(String ofRun, String slug, long step, long now) {
            return now < until
                    && step < untilStep
                    && (signature.equals(Settings.ALL) || signature.equals(slug))
                    && Glob.matches(run, ofRun);
        }

        @Override
        public byte[] json() {
            return Json.object(out -> {
                out.writeStringField("run", run);
                out.writeStringField("signature", signature);
                if (until != Long.MAX_VALUE) {
                    out.writeNumberField("until", until);
                }
                if (untilStep != Long.MAX_VALUE) {
                    out.writeNumberField("until_step", untilStep);
                }
                out.writeStringField("by", by);
                out.writeStringField("note", note);
            });
        }
    }

    /** Somebody has seen an incident. */
    record Ack(String incident, Acknowledgement acknowledgement) implements SettingsChange {
        @Override
        public String key() {
            return ACK + incident;
        }

        @Override
        public byte[] json() {
            return Json.object(out -> {
                out.writeStringField("incident", incident);
                out.writeStringField("by", acknowledgement.by());
                out.writeNumberField("ts", acknowledgement.ts());
                out.writeStringField("note", acknowledgement.note());
            });
        }
    }

    /** What was said under this key of a mute or an acknowledgement holds no longer. */
    record Withdrawn(String key) implements SettingsChange {
        @Override
        public byte @Nullable [] json() {
            return null;
        }
    }

    String MUTE = "mute/";
    String ACK = "ack/";

    /** Slugs of signatures and names of rules. */
    Pattern SLUG = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    Pattern INCIDENT = Pattern.compile("[0-9a-f]{16}");

    /** Longest name or note. */
    int MAX_CHARS = 500;

    /**
     * Reads a record.
     *
     * @param known the signatures that come with Foreshock
     * @throws IllegalArgumentException saying what is wrong with it
     */
    static SettingsChange read(byte @Nullable [] key, byte @Nullable [] value, List<Signature> known) {
        String name = key == null ? "" : new String(key, StandardCharsets.UTF_8);
        boolean mute = name.startsWith(MUTE);
        if (!name.equals(SETTINGS) && !mute && !name.startsWith(ACK)) {
            throw new IllegalArgumentException(
                    "key must be settings, mute/RUN/SIGNATURE or ack/ID, got " + Excerpt.quote(name));
        }
        if (value == null) {
            return name.equals(SETTINGS) ? new Settled(null) : new Withdrawn(name);
        }
        if (name.equals(SETTINGS)) {
            try {
                return new Settled(SettingsReader.read(SETTINGS, value, known));
            } catch (SettingsException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }
        SettingsChange change = mute ? mute(Json.tree(value, "mute")) : ack(Json.tree(value, "acknowledgement"));
        if (!change.key().equals(name)) {
            throw new IllegalArgumentException(
                    "key must be " + Excerpt.plain(change.key()) + " as the value says, got " + Excerpt.quote(name));
        }
        return change;
    }

    private static Mute mute(JsonNode in) {
        String run = Json.text(in, "run");
        if (run.isBlank() || run.length() > Limits.MAX_RUN_CHARS || Excerpt.unprintable(run) >= 0) {
            throw new FieldException("run", "must be 1 to " + Limits.MAX_RUN_CHARS + " printable characters", run);
        }
        String signature = Json.text(in, "signature");
        if (!SLUG.matcher(signature).matches()) {
            throw new FieldException("signature", "must be a slug like loss_spike, or all", signature);
        }
        return new Mute(
                run,
                signature,
                positive(in, "until", "epoch milliseconds"),
                positive(in, "until_step", "steps"),
                said(in, "by"),
                said(in, "note"));
    }

    private static Ack ack(JsonNode in) {
        String incident = Json.text(in, "incident");
        if (!INCIDENT.matcher(incident).matches()) {
            throw new FieldException("incident", "must be an id of 16 hexadecimal digits", incident);
        }
        long ts = positive(in, "ts", "epoch milliseconds");
        return new Ack(incident, new Acknowledgement(said(in, "by"), ts == Long.MAX_VALUE ? 0 : ts, said(in, "note")));
    }

    private static long positive(JsonNode in, String field, String unit) {
        long value = Json.integerOr(in, field, Long.MAX_VALUE);
        if (value <= 0) {
            throw new IllegalArgumentException(field + " must be > 0 " + unit + ", got " + value);
        }
        return value;
    }

    private static String said(JsonNode in, String field) {
        String text = Json.textOrNull(in, field);
        if (text != null && (text.length() > MAX_CHARS || Excerpt.unprintable(text) >= 0)) {
            throw new FieldException(field, "must be at most " + MAX_CHARS + " printable characters", text);
        }
        return text == null ? "" : text;
    }
}
