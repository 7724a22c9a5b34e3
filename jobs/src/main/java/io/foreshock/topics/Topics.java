package io.foreshock.topics;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * The six topics: how each is meant to be, and what is amiss with those that exist. Existing topics are never changed.
 *
 * @param telemetry what trainers publish, keyed by run; a week of it, so that a job that was down can catch up
 * @param alerts incidents, keyed by id; compacted, so that it holds the last word on each; forgotten after a year
 * @param signals judged steps for charts, keyed by run; a week of them
 * @param rejected what could not be read, with the reason; two weeks, because somebody has to look
 * @param settings what people have set, muted and acknowledged, by what it is about; compacted, and kept for ever
 * @param deliveries which incidents a webhook has got, by id; compacted, forgotten after a year as they are
 */
public record Topics(Topic telemetry, Topic alerts, Topic signals, Topic rejected, Topic settings, Topic deliveries) {
    public static final String PREFIX = "foreshock.";

    /** Enough for the parallelism that the largest job is likely to need; a partition more costs next to nothing. */
    public static final int PARTITIONS = 8;

    /** Copies of each topic, where the cluster has so many brokers. */
    private static final int REPLICATION = 3;

    private static final Duration KNOWN_PATIENCE = Duration.ofSeconds(10);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

    private static final long DAY = 24L * 60 * 60 * 1000;

    /**
     * One topic.
     *
     * @param name its name
     * @param partitions number of partitions, {@code > 0}
     * @param config settings that depart from the broker's
     */
    public record Topic(String name, int partitions, Map<String, String> config) {
        public Topic {
            if (partitions <= 0) {
                throw new IllegalArgumentException("partitions of " + name + " must be > 0, got " + partitions);
            }
            config = Map.copyOf(config);
        }
    }

    /**
     * How one topic stands.
     *
     * @param topic its name
     * @param created true if it was missing and was created now
     * @param differences where an existing topic departs from its description, a sentence each; empty if nowhere
     */
    public record Status(String topic, boolean created, List<String> differences) {
        public Status {
            differences = List.copyOf(differences);
        }
    }

    public static Topics standard() {
        return of(PREFIX, PARTITIONS);
    }

    /**
     * @param prefix what all names begin with, {@value #PREFIX} as a rule
     * @param partitions of telemetry and signals, {@code > 0}; the limit to the job's parallelism
     */
    public static Topics of(String prefix, int partitions) {
        return new Topics(
                new Topic(prefix + "telemetry", partitions, kept(7)),
                new Topic(
                        // One partition: all changes of a run's incidents in the order in which they happened.
                        prefix + "alerts",
                        1,
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
                                TopicConfig.RETENTION_MS_CONFIG,
                                String.valueOf(365 * DAY),
                                // A reader sees every change of the last day, and soon after only the last one.
                                TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                                String.valueOf(DAY),
                                TopicConfig.MAX_COMPACTION_LAG_MS_CONFIG,
                                String.valueOf(7 * DAY),
                                TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                                "0.1",
                                TopicConfig.SEGMENT_MS_CONFIG,
                                String.valueOf(DAY))),
                new Topic(prefix + "signals", partitions, kept(7)),
                new Topic(prefix + "rejected", 1, kept(14)),
                new Topic(
                        // One partition: the last word wins, so there has to be a last one.
                        prefix + "settings",
                        1,
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                TopicConfig.CLEANUP_POLICY_COMPACT,
                                // A job that was down for a month still learns what was taken back.
                                TopicConfig.DELETE_RETENTION_MS_CONFIG,
                                String.valueOf(30 * DAY))),
                new Topic(
                        prefix + "deliveries",
                        1,
                        Map.of(
                                TopicConfig.CLEANUP_POLICY_CONFIG,
                                TopicConfig.CLEANUP_POLICY_COMPACT + "," + TopicConfig.CLEANUP_POLICY_DELETE,
                                TopicConfig.RETENTION_MS_CONFIG,
                                String.valueOf(365 * DAY))));
    }

    private static Map<String, String> kept(int days) {
        return Map.of(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                TopicConfig.CLEANUP_POLICY_DELETE,
                TopicConfig.RETENTION_MS_CONFIG,
                String.valueOf(days * DAY));
    }

    public List<Topic> all() {
        return List.of(telemetry, alerts, signals, rejected, settings, deliveries);
    }

    /**
     * Creates the topics that are missing and says how each stands.
     *
     * @throws KafkaException if the broker cannot be reached or refuses
     */
    public List<Status> ensure(Admin admin) {
        Set<String> missing = missing(admin);
        for (Topic topic : all()) {
            if (missing.contains(topic.name())) {
                create(admin, topic);
            }
        }
        if (!missing.isEmpty()) {
            awaitKnown(admin);
        }
        Map<String, List<String>> differences = differences(admin, missing);
        return all().stream()
                .map(topic -> new Status(
                        topic.name(),
                        missing.contains(topic.name()),
                        differences.getOrDefault(topic.name(), List.of())))
                .toList();
    }

    /** A broker hears of a new topic a little later than whoever made it; a reader that is faster would be told that there is none. */
    private void awaitKnown(Admin admin) {
        long deadline = System.nanoTime() + KNOWN_PATIENCE.toNanos();
        while (!missing(admin).isEmpty() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private Set<String> missing(Admin admin) {
        Set<String> existing = await("listing topics", admin.listTopics().names()::get);
        return names().filter(name -> !existing.contains(name)).collect(Collectors.toSet());
    }

    private static void create(Admin admin, Topic topic) {
        int brokers = await("describing the cluster", admin.describeCluster().nodes()::get)
                .size();
        short replication = (short) Math.max(1, Math.min(REPLICATION, brokers));
        NewTopic created = new NewTopic(topic.name(), topic.partitions(), replication).configs(topic.config());
        try {
            await(
                    "creating topic " + topic.name(),
                    admin.createTopics(List.of(created)).all()::get);
        } catch (KafkaException e) {
            // Somebody else may have started at the same time.
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private Map<String, List<String>> differences(Admin admin, Set<String> created) {
        List<String> existing = names().filter(name -> !created.contains(name)).toList();
        Map<String, TopicDescription> descriptions =
                await("describing topics", admin.describeTopics(existing).allTopicNames()::get);
        Map<ConfigResource, Config> configs = await(
                "describing topics",
                admin.describeConfigs(existing.stream().map(Topics::resource).toList())
                        .all()::get);
        Map<String, List<String>> differences = new TreeMap<>();
        for (Topic topic : all()) {
            TopicDescription description = descriptions.get(topic.name());
            Config config = configs.get(resource(topic.name()));
            if (description != null && config != null) {
                differences.put(
                        topic.name(),
                        differences(topic, description.partitions().size(), config));
            }
        }
        return differences;
    }

    private static List<String> differences(Topic topic, int partitions, Config config) {
        List<String> differences = new ArrayList<>();
        if (partitions != topic.partitions()) {
            differences.add("partitions is " + partitions + ", not " + topic.partitions());
        }
        for (Map.Entry<String, String> wanted : new TreeMap<>(topic.config()).entrySet()) {
            ConfigEntry entry = config.get(wanted.getKey());
            String value = entry == null ? null : entry.value();
            if (value == null || !terms(value).equals(terms(wanted.getValue()))) {
                differences.add(wanted.getKey() + " is " + value + ", not " + wanted.getValue());
            }
        }
        return differences;
    }

    /** {@code compact,delete} and {@code delete,compact} mean the same. */
    private static Set<String> terms(String value) {
        return Stream.of(value.split(",", -1)).map(String::strip).collect(Collectors.toSet());
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private Stream<String> names() {
        return all().stream().map(Topic::name);
    }

    private interface Answer<T> {
        T get() throws ExecutionException, InterruptedException;
    }

    private static <T> T await(String what, Answer<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new KafkaException(what + " failed: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException(what + " was interrupted", e);
        }
    }
}
