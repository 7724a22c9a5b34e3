package io.foreshock.embedded;

import io.foreshock.board.BoardKafka;
import io.foreshock.job.ForeshockJob;
import io.foreshock.job.KafkaSettings;
import io.foreshock.settings.SettingsChange;
import io.foreshock.topics.Topics;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.jspecify.annotations.Nullable;

/** Broker, topics and job in one process: all that a machine needs to have its runs judged. */
public final class Stack implements AutoCloseable {
    private final Workspace workspace;
    private final EmbeddedKafka kafka;
    private final LocalJob job;
    private final KafkaSettings settings;

    /**
     * What is to be started.
     *
     * @param data directory that keeps topics and the job's state; null to keep nothing
     * @param host interface the broker listens on
     * @param port its port, 0 for a free one
     * @param parallelism of the job, {@code > 0}
     * @param checkpointInterval how much is judged again after a stop, at most
     * @param flink where Flink answers
     */
    public record Settings(
            @Nullable Path data,
            String host,
            int port,
            int parallelism,
            Duration checkpointInterval,
            LocalJob.Ports flink) {
        /** In memory of this process, on a free port of the loopback interface. */
        public static final Settings PASSING = new Settings(null, "127.0.0.1", 0, 1, Duration.ofSeconds(10));

        /** With Flink on free ports. */
        public Settings(@Nullable Path data, String host, int port, int parallelism, Duration checkpointInterval) {
            this(data, host, port, parallelism, checkpointInterval, LocalJob.Ports.FREE);
        }

        public Settings withPort(int other) {
            return new Settings(data, host, other, parallelism, checkpointInterval, flink);
        }
    }

    private Stack(Workspace workspace, EmbeddedKafka kafka, LocalJob job, KafkaSettings settings) {
        this.workspace = workspace;
        this.kafka = kafka;
        this.job = job;
        this.settings = settings;
    }

    /**
     * Starts everything, and returns when events are judged.
     *
     * @param told takes what a person should know about the start: what is restored, what could not be
     */
    public static Stack start(Settings settings, Consumer<String> told) throws IOException, InterruptedException {
        return start(settings, null, told);
    }

    /**
     * The same with settings for the job, which take the place of those it had.
     *
     * @param config what is looked for in which run; null for what it was before
     */
    public static Stack start(Settings settings, io.foreshock.settings.@Nullable Settings config, Consumer<String> told)
            throws IOException, InterruptedException {
        Workspace workspace = Workspace.open(settings.data());
        EmbeddedKafka kafka = null;
        try {
            boolean reopened = Files.exists(workspace.kafka());
            kafka = EmbeddedKafka.start(workspace.kafka(), settings.host(), settings.port());
            KafkaSettings job = KafkaSettings.of(kafka.bootstrapServers());
            createTopics(job);
            if (config != null) {
                SettingsChange change = new SettingsChange.Settled(config);
                job.settingsLog().write(change.key(), change.json());
            }
            LocalJob.Settings local = new LocalJob.Settings(
                    workspace.scratch(),
                    settings.data() == null ? null : workspace.checkpoints(),
                    settings.parallelism(),
                    settings.checkpointInterval(),
                    settings.flink());
            return new Stack(workspace, kafka, startJob(workspace, reopened, local, job, told), job);
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (kafka != null) {
                kafka.close();
            }
            workspace.close();
            throw e;
        }
    }

    /** Address for clients, {@code host:port}. */
    public String bootstrapServers() {
        return kafka.bootstrapServers();
    }

    public Topics topics() {
        return settings.topics();
    }

    /** These topics, for a run page. */
    public BoardKafka page() {
        return new BoardKafka(bootstrapServers(), topics(), Map.of());
    }

    /** Address of Flink's REST API. */
    public URI flink() {
        return job.rest();
    }

    /** Completes when the job has given up for good, with the reason. */
    public CompletableFuture<String> failure() {
        return job.failure();
    }

    /** Stops everything; with a data directory, the next start goes on from here. */
    @Override
    public void close() {
        job.close();
        kafka.close();
        workspace.close();
    }

    /** For a process that ends at once: removes what must not stay behind. What stacks are open, is of no use any more. */
    public static void abandon() {
        Workspace.abandon();
    }

    private static void createTopics(KafkaSettings settings) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.bootstrapServers()))) {
            settings.topics().ensure(admin);
        }
    }

    /** From the newest checkpoint that can be restored; without one, from the start of the topic. */
    private static LocalJob startJob(
            Workspace workspace,
            boolean reopened,
            LocalJob.Settings local,
            KafkaSettings settings,
            Consumer<String> told)
            throws IOException, InterruptedException {
        RestorePoints restorePoints = new RestorePoints(workspace.checkpoints());
        List<Path> candidates = restorePoints.newestFirst();
        for (Path candidate : candidates) {
            try {
                RestorePoints.verify(candidate);
                LocalJob job = LocalJob.start(local, env -> ForeshockJob.kafka(env, settings), candidate);
                RestorePoints.forgetOthers(candidate, candidates);
                told.accept("goes on from checkpoint " + candidate.getFileName());
                return job;
            } catch (IOException e) {
                told.accept("cannot use checkpoint " + candidate + " (" + e.getMessage() + "): trying the one before");
            }
        }
        if (!candidates.isEmpty()) {
            told.accept("no checkpoint can be used: judging all events of the topic again");
        }
        if (reopened) {
            forgetOffsets(settings);
        }
        return LocalJob.start(local, env -> ForeshockJob.kafka(env, settings), null);
    }

    /** Without its state a job that went on at the committed offsets would judge runs whose beginning it has not seen. */
    private static void forgetOffsets(KafkaSettings settings) throws IOException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.bootstrapServers()))) {
            admin.deleteConsumerGroups(List.of(settings.groupId())).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof GroupIdNotFoundException)) {
                throw new IOException("cannot reset the job's offsets: " + e.getMessage(), e);
            }
        }
    }
}
