package io.foreshock.job;

import io.foreshock.detect.Signature;
import io.foreshock.incident.Acknowledgement;
import io.foreshock.incident.Handling;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Settled;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is set, muted and acknowledged at this moment: the records of the settings topic, followed in their order. */
final class LiveSettings implements Handling {
    private static final Logger LOG = LoggerFactory.getLogger(LiveSettings.class);

    /** For so long a mute that has ended, and an acknowledgement, are remembered: events may be judged again. */
    private static final long KEPT_MILLIS = Duration.ofDays(30).toMillis();

    private final List<Signature> known;
    private final Settings unset;
    private final Map<String, Mute> mutes = new HashMap<>();
    private final Map<String, Acknowledgement> seen = new HashMap<>();
    private Settings settings;
    private long followed = -1;
    private long now;

    LiveSettings(List<Signature> known) {
        this.known = known;
        this.unset = Settings.none(known);
        this.settings = unset;
    }

    /** What is looked for, by run; the same object until that changes. */
    Settings settings() {
        return settings;
    }

    /** Follows a record, unless it or a later one was followed before. */
    void follow(SettingsRecord record) {
        if (record.offset() <= followed) {
            return;
        }
        followed = record.offset();
        try {
            follow(SettingsChange.read(record.key(), record.value(), known));
        } catch (IllegalArgumentException e) {
            // Written by a Foreshock that knows more, or it was rejected when it came.
            LOG.info("record {} of the settings topic is not followed: {}", record.offset(), e.getMessage());
        }
    }

    private void follow(SettingsChange change) {
        if (change instanceof Settled settled) {
            settings = settled.settings() == null ? unset : settled.settings();
        } else if (change instanceof Mute mute) {
            mutes.put(mute.key(), mute);
        } else if (change instanceof Ack ack) {
            seen.put(ack.incident(), ack.acknowledgement());
        } else {
            mutes.remove(change.key());
            seen.remove(change.key().substring(change.key().indexOf('/') + 1));
        }
    }

    /** True if the record will never matter again. */
    boolean isStale(SettingsRecord record, long at) {
        if (record.value() == null) {
            return true;
        }
        try {
            SettingsChange change = SettingsChange.read(record.key(), record.value(), known);
            return (change instanceof Mute mute && mute.until() < at - KEPT_MILLIS)
                    || (change instanceof Ack ack && ack.acknowledgement().ts() < at - KEPT_MILLIS);
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    /** What is asked next is asked of this moment: epoch milliseconds at which what is judged reached Kafka. */
    void at(long millis) {
        now = millis;
    }

    @Override
    public boolean muted(String run, String signature, long step) {
        for (Mute mute : mutes.values()) {
            if (mute.covers(run, signature, step, now)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public @Nullable Acknowledgement acknowledged(String incident) {
        return seen.get(incident);
    }
}
