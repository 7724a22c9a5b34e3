package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.embedded.Stack;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.incident.Incident;
import io.foreshock.job.KafkaSettings;
import io.foreshock.judge.StepSignals;
import io.foreshock.telemetry.Signal;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.RejectedJson;
import io.foreshock.wire.SignalsJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A real training in PyTorch, watched, through the gateway, Kafka and Flink, back into the process that trains: a small
 * transformer without QK-norm, as arXiv:2309.14322 has it.
 */
class PythonTrainingITCase {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int STEPS = 200;

    private static Stack stack;
    private static AlertingGateway gateway;

    @BeforeAll
    static void start() throws Exception {
        Python.forTraining();
        stack = Stack.start(Stack.Settings.PASSING, line -> {});
        gateway = AlertingGateway.start(
                GatewaySettings.LOOPBACK,
                KafkaSettings.of(stack.bootstrapServers()).withTopics(stack.topics()));
    }

    @AfterAll
    static void stop() throws Exception {
        if (stack != null) {
            gateway.close();
            stack.close();
        }
    }

    @Test
    void atAHighRateTheTrainingHearsThatAttentionLogitsGrowBeforeTheLossSuffers() throws Exception {
        List<String> printed = train("growth", "0.1");

        assertThat(printed)
                .as("heard in the process that trains, and acted on")
                .anyMatch(line -> line.matches("WARNING +attention_logit_growth .*"))
                .anyMatch(line -> line.matches("CRITICAL +attention_logit_growth .*"))
                .noneMatch(line -> line.contains("step " + (STEPS - 1)));
        List<Incident> changes = changes("growth");
        Incident growth = first(changes, "attention_logit_growth");
        assertThat(growth.series()).startsWith("attention_logit_max[");
        assertThat(changes.stream().filter(change -> change.signature().startsWith("loss_")))
                .as("of the loss nothing was said until then")
                .noneMatch(change -> change.detectedStep() <= growth.detectedStep());
    }

    @Test
    void atALowRateNobodyIsCalled() throws Exception {
        List<String> printed = train("healthy", "0.002");

        assertThat(printed).noneMatch(line -> line.startsWith("WARNING") || line.startsWith("CRITICAL"));
        assertThat(changes("healthy")).noneMatch(Incident::pages);
    }

    @Test
    void theTrainerAndTrlAreJudgedByWhatTheCallbackSends() throws Exception {
        try (Python training = Python.start(
                Python.forTraining(),
                Path.of("src", "test", "python"),
                Map.of("FORESHOCK_URL", gateway.address(), "OMP_NUM_THREADS", "1", "HF_HUB_OFFLINE", "1"),
                List.of("trainers.py"))) {
            training.awaitEnd(PATIENCE);
        }
        Map<String, Set<String>> signals = new ConcurrentHashMap<>();
        List<String> rejected = new CopyOnWriteArrayList<>();
        Set<String> ended = ConcurrentHashMap.newKeySet();
        String rejections = stack.topics().rejected().name();
        try (TopicFeed feed = TopicFeed.open(
                stack.bootstrapServers(), List.of(stack.topics().signals().name(), rejections), (record, before) -> {
                    if (record.topic().equals(rejections)) {
                        rejected.add(RejectedJson.read(record.value()).detail());
                        return;
                    }
                    StepSignals row = SignalsJson.read(record.value());
                    signals.computeIfAbsent(row.run(), run -> ConcurrentHashMap.newKeySet())
                            .addAll(row.values().keySet().stream()
                                    .map(Signal::key)
                                    .toList());
                    if (row.end() != null) {
                        ended.add(row.run());
                    }
                })) {
            Judged.await(PATIENCE, () -> ended.containsAll(Set.of("hf", "dpo")));
        }
        Set<String> watched = Set.of(
                "attention_logit_max",
                "attention_entropy",
                "activation_rms",
                "update_ratio",
                "adam_eps",
                "grad_rms/layer");
        Set<String> logged = Set.of("loss", "lr", "grad_norm", "eval_loss");
        assertThat(signals.get("hf")).containsAll(watched).containsAll(logged).contains("log_z");
        assertThat(signals.get("dpo"))
                .containsAll(watched)
                .containsAll(logged)
                .contains("logps_chosen", "logps_rejected", "rewards_chosen", "rewards_margin", "rewards_accuracy");
        assertThat(rejected).isEmpty();
    }

    private static List<String> train(String run, String rate) throws Exception {
        try (Python training = Python.start(
                Python.forTraining(),
                Python.client().resolve("examples"),
                Map.of("FORESHOCK_URL", gateway.address(), "OMP_NUM_THREADS", "1"),
                List.of(
                        "attention_growth.py",
                        "--run",
                        run,
                        "--lr",
                        rate,
                        "--steps",
                        Integer.toString(STEPS),
                        "--stop-on-critical"))) {
            return training.awaitEnd(PATIENCE);
        }
    }

    private static Incident first(List<Incident> changes, String signature) {
        return changes.stream()
                .filter(change -> change.signature().equals(signature))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + signature + " in " + changes));
    }

    private static List<Incident> changes(String run) throws InterruptedException {
        List<Incident> changes = new CopyOnWriteArrayList<>();
        try (TopicFeed feed = TopicFeed.open(
                stack.bootstrapServers(), List.of(stack.topics().alerts().name()), (record, before) -> {
                    Incident change = IncidentJson.read(record.value());
                    if (change.run().equals(run)) {
                        changes.add(change);
                    }
                })) {
            assertThat(feed.awaitCaughtUp(PATIENCE)).isTrue();
        }
        return changes;
    }
}
