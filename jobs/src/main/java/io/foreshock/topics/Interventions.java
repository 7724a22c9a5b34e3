package io.foreshock.topics;

import io.foreshock.detect.Signature;
import io.foreshock.settings.FieldException;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.settings.SettingsChange.Ack;
import io.foreshock.settings.SettingsChange.Mute;
import io.foreshock.settings.SettingsChange.Settled;
import io.foreshock.settings.SettingsChange.Withdrawn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * What people do to the running job: acknowledge, mute, unmute and set, from the command line or the run page. What the
 * job would reject is refused here, before it is written.
 */
public final class Interventions {
    private final SmallLog log;
    private final List<Signature> known;

    /** @param known the signatures that come with Foreshock */
    public Interventions(SmallLog log, List<Signature> known) {
        this.log = log;
        this.known = List.copyOf(known);
    }

    /**
     * Somebody has seen an incident. Whether there is such an incident is for the caller to know.
     *
     * @throws FieldException if one is wrong
     * @throws KafkaException if the brokers do not take it
     */
    public void acknowledge(Ack ack) {
        publish(ack);
    }

    /**
     * A signature calls nobody for a while.
     *
     * @throws FieldException if one is wrong, or no signature has this name
     * @throws KafkaException if the brokers do not take it
     */
    public void mute(Mute mute) {
        List<String> names = new ArrayList<>();
        names.add(Settings.ALL);
        settings().all().forEach(signature -> names.add(signature.slug()));
        if (!names.contains(mute.signature())) {
            throw new FieldException("signature", "must be one of " + String.join(", ", names), mute.signature());
        }
        publish(mute);
    }

    /**
     * Takes a mute back; false if there is none of this run or pattern and signature.
     *
     * @throws KafkaException if the brokers do not take it
     */
    public boolean unmute(String run, String signature) {
        String key = Mute.key(run, signature);
        if (!(inForce().get(key) instanceof Mute)) {
            return false;
        }
        publish(new Withdrawn(key));
        return true;
    }

    /**
     * These settings from here on.
     *
     * @throws KafkaException if the brokers do not take it
     */
    public void settle(Settled settled) {
        publish(settled);
    }

    /** The last word on each key, in the order in which they were said; what the job rejects is left out. */
    public Map<String, SettingsChange> inForce() {
        Map<String, SettingsChange> last = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : log.read()) {
            try {
                SettingsChange change = SettingsChange.read(record.key(), record.value(), known);
                last.remove(change.key());
                last.put(change.key(), change);
            } catch (IllegalArgumentException e) {
                // Rejected by the job with its reason.
                continue;
            }
        }
        return last;
    }

    /** The settings in force: the last that can be followed. */
    public Settings settings() {
        return inForce().get(SettingsChange.SETTINGS) instanceof Settled settled && settled.settings() != null
                ? settled.settings()
                : Settings.none(known);
    }

    private void publish(SettingsChange change) {
        SettingsChange.read(change.key().getBytes(StandardCharsets.UTF_8), change.json(), known);
        log.write(change.key(), change.json());
    }
}
