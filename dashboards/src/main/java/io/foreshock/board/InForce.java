package io.foreshock.board;

import io.foreshock.detect.Signature;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Settled;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What people have set and muted, as topic settings tells. Thread-safe. */
public final class InForce {
    private final List<Signature> known;
    private final Map<String, Mute> mutes = new LinkedHashMap<>();
    private Settings settings;

    /** @param known the signatures that come with Foreshock */
    public InForce(List<Signature> known) {
        this.known = List.copyOf(known);
        this.settings = Settings.none(known);
    }

    /** Takes in a record of the topic; what the job rejects changes nothing. */
    public synchronized void record(byte @Nullable [] key, byte @Nullable [] value) {
        SettingsChange change;
        try {
            change = SettingsChange.read(key, value, known);
        } catch (IllegalArgumentException e) {
            return;
        }
        if (change instanceof Settled settled) {
            settings = settled.settings() == null ? Settings.none(known) : settled.settings();
            return;
        }
        mutes.remove(change.key());
        if (change instanceof Mute mute) {
            mutes.put(change.key(), mute);
        }
    }

    /** What is looked for in a run. */
    public synchronized List<Signature> signatures(String run) {
        return settings.signatures(run);
    }

    public synchronized Settings settings() {
        return settings;
    }

    /** Mutes that have not ended by this time, epoch milliseconds. */
    public synchronized List<Mute> mutes(long now) {
        return mutes.values().stream().filter(mute -> now < mute.until()).toList();
    }

    /** Mutes that cover a run at this step and time. */
    public List<Mute> mutes(String run, long step, long now) {
        List<Mute> covering = new ArrayList<>();
        for (Mute mute : mutes(now)) {
            if (mute.covers(run, mute.signature(), step, now)) {
                covering.add(mute);
            }
        }
        return covering;
    }
}
