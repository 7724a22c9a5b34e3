package io.foreshock.embedded;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.jspecify.annotations.Nullable;

/** A Flink job on a cluster of its own in this process. */
public final class LocalJob implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final long LOOK_AGAIN_MILLIS = 20;

    private final MiniCluster cluster;
    private final JobID id;

    /**
     * How it runs.
     *
     * @param scratch for files that are of no use after the job
     * @param checkpoints where completed checkpoints stay; null to keep them in memory
     * @param parallelism subtasks of each operator, {@code > 0}
     * @param checkpointInterval time from one checkpoint to the next
     * @param ports where Flink answers
     */
    public record Settings(
            Path scratch, @Nullable Path checkpoints, int parallelism, Duration checkpointInterval, Ports ports) {
        /** On free ports. */
        public Settings(Path scratch, @Nullable Path checkpoints, int parallelism, Duration checkpointInterval) {
            this(scratch, checkpoints, parallelism, checkpointInterval, Ports.FREE);
        }

        Configuration toFlink() {
            Configuration flink = new Configuration();
            flink.set(CoreOptions.DEFAULT_PARALLELISM, parallelism);
            flink.set(CoreOptions.TMP_DIRS, scratch.toString());
            flink.set(WebOptions.TMP_DIR, scratch.toString());
            flink.set(RestOptions.ADDRESS, "localhost");
            flink.set(RestOptions.BIND_ADDRESS, "localhost");
            flink.set(RestOptions.BIND_PORT, String.valueOf(ports.rest()));
            flink.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
            flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(1));
            flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(32));
            flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(32));
            flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
            if (checkpoints != null) {
                flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
                flink.set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        checkpoints.toUri().toString());
                flink.set(
                        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
                flink.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 3);
            }
            if (ports.metrics() != null) {
                MetricOptions.forReporter(flink, "prom")
                        .set(MetricOptions.REPORTER_FACTORY_CLASS, PrometheusReporterFactory.class.getName())
                        .setString("port", String.valueOf(ports.metrics()));
            }
            return flink;
        }
    }

    /**
     * Where Flink itself answers.
     *
     * @param rest of its REST API on the loopback interface, 0 for a free one
     * @param metrics of its own metrics for Prometheus, on all interfaces as its reporter has it; null for none
     */
    public record Ports(int rest, @Nullable Integer metrics) {
        static final Ports FREE = new Ports(0, null);

        /** Flink itself would look for another port, or go on without its metrics. */
        void check() throws IOException {
            EmbeddedKafka.listen(EmbeddedKafka.LOOPBACK, rest).close();
            if (metrics != null) {
                EmbeddedKafka.listen("0.0.0.0", metrics).close();
            }
        }
    }

    private LocalJob(MiniCluster cluster, JobID id) {
        this.cluster = cluster;
        this.id = id;
    }

    /**
     * Starts a job, and returns when all of its tasks run.
     *
     * @param settings how
     * @param topology adds the job's operators to the environment
     * @param restorePoint directory of the checkpoint to go on from, or null to start afresh
     * @throws IOException if it does not come up, for example because the checkpoint cannot be restored or a port is taken
     */
    public static LocalJob start(
            Settings settings, Consumer<StreamExecutionEnvironment> topology, @Nullable Path restorePoint)
            throws IOException, InterruptedException {
        settings.ports().check();
        Files.createDirectories(settings.scratch());
        Configuration flink = settings.toFlink();
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumSlotsPerTaskManager(settings.parallelism())
                .build());
        try {
            cluster.start();
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(flink);
            topology.accept(environment);
            StreamGraph graph = environment.getStreamGraph();
            graph.setJobName("foreshock");
            if (restorePoint != null) {
                // State of an operator that is gone is no reason not to start.
                graph.setSavepointRestoreSettings(
                        SavepointRestoreSettings.forPath(restorePoint.toUri().toString(), true));
            }
            LocalJob job = new LocalJob(
                    cluster, cluster.submitJob(graph.getJobGraph()).get().getJobID());
            job.awaitRunning();
            return job;
        } catch (InterruptedException e) {
            stop(cluster);
            throw e;
        } catch (Exception e) {
            stop(cluster);
            throw new IOException("the Flink job did not start: " + root(e), e);
        }
    }

    /** Address of Flink's REST API. */
    public URI rest() {
        return cluster.getRestAddress().join();
    }

    /** What the job is doing. */
    public JobStatus status() {
        return cluster.getJobStatus(id).join();
    }

    /** Completes when the job has given up for good, with the reason. */
    public CompletableFuture<String> failure() {
        return cluster.requestJobResult(id)
                .thenApply(result -> result.getSerializedThrowable()
                        .map(error -> String.valueOf(root(error)))
                        .orElse("it ended"));
    }

    /** How often its tasks were started again. */
    public int restarts() {
        int restarts = 0;
        for (AccessExecutionVertex task : graph().getAllExecutionVertices()) {
            restarts = Math.max(restarts, task.getCurrentExecutionAttempt().getAttemptNumber());
        }
        return restarts;
    }

    /** Takes a checkpoint now, and returns when it is complete. */
    public void checkpoint() throws IOException {
        try {
            cluster.triggerCheckpoint(id).get(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no checkpoint: " + root(e), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while taking a checkpoint", e);
        }
    }

    /** Stops at once, as a crash would: what was not in a checkpoint is judged again by the next job. */
    @Override
    public void close() {
        stop(cluster);
    }

    private void awaitRunning() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            AccessExecutionGraph graph = graph();
            ErrorInfo failure = graph.getFailureInfo();
            if (failure != null) {
                throw new IOException(failure.getException().toString(), failure.getException());
            }
            boolean running = graph.getState() == JobStatus.RUNNING;
            for (AccessExecutionVertex task : graph.getAllExecutionVertices()) {
                running &= task.getExecutionState() == ExecutionState.RUNNING;
            }
            if (running) {
                return;
            }
            Thread.sleep(LOOK_AGAIN_MILLIS);
        }
        throw new IOException("its tasks did not run within " + START_PATIENCE.toSeconds() + " s");
    }

    private AccessExecutionGraph graph() {
        return cluster.getExecutionGraph(id).join();
    }

    private static void stop(MiniCluster cluster) {
        try {
            cluster.closeAsync().get(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // Nothing more can be done; what it holds goes with the process.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Throwable root(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root;
    }
}
