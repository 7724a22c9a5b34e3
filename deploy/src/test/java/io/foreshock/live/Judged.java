package io.foreshock.live;

import io.foreshock.detect.Signatures;
import io.foreshock.incident.Incident;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** What a plain judge says of events, and what the job wrote to Kafka: the last state of each incident, by id. */
public final class Judged {
    private Judged() {}

    /** Each run's judge in this thread, nothing else: the last state of each incident. */
    static Map<String, Incident> byHand(List<StepSample> samples) {
        Map<String, Incident> last = new TreeMap<>();
        changes(samples).forEach(change -> last.put(change.id(), change));
        return last;
    }

    /** The same, with all that was said on the way. */
    public static List<Incident> changes(List<StepSample> samples) {
        Map<String, RunJudge> judges = new HashMap<>();
        List<Incident> changes = new ArrayList<>();
        for (StepSample sample : samples) {
            judges.computeIfAbsent(sample.run(), run -> new RunJudge(run, Signatures.all()))
                    .observe(sample, new Verdicts() {
                        @Override
                        public void incident(Incident incident) {
                            changes.add(incident);
                        }

                        @Override
                        public void signals(StepSignals signals) {}

                        @Override
                        public void rejected(Rejected rejected) {
                            throw new AssertionError(rejected.detail());
                        }
                    });
        }
        return changes;
    }

    /** The alerts topic, read until it holds as many incidents as expected, all of them resolved or not as expected. */
    static Map<String, Incident> inKafka(String bootstrapServers, String topic, Map<String, Incident> expected)
            throws InterruptedException {
        Map<String, Incident> last = new ConcurrentHashMap<>();
        try (TopicFeed feed = TopicFeed.open(bootstrapServers, List.of(topic), (record, before) -> {
            Incident incident = IncidentJson.read(record.value());
            last.put(incident.id(), incident);
        })) {
            await(Duration.ofSeconds(40), () -> last.equals(expected));
            // What should not be there comes late, if it comes.
            Thread.sleep(300);
        }
        return new TreeMap<>(last);
    }

    /** Waits for it; whoever asserts afterwards says what is wrong if it never comes. */
    public static void await(Duration patience, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
    }
}
