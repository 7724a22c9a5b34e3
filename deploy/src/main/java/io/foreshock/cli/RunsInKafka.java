package io.foreshock.cli;

import io.foreshock.detect.Signature;
import io.foreshock.replay.RecordedTopic;
import io.foreshock.settings.Settings;
import io.foreshock.topics.RetainedRuns;
import io.foreshock.topics.RunChoice;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --run ID}: runs that lie in Kafka. */
final class RunsInKafka {
    @Option(
            names = "--run",
            paramLabel = "ID",
            description =
                    "Judge this run out of Kafka, instead of files: all of it that the telemetry topic still holds,"
                            + " without the running job noticing. A pattern is allowed (* is any characters, ? one), and several"
                            + " --run are.")
    private List<String> ids = List.of();

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    boolean areGiven() {
        return !ids.isEmpty();
    }

    /** Opens the telemetry topic. */
    RecordedTopic open() throws IOException {
        String topic = kafka.settings().topics().telemetry().name();
        return new RecordedTopic(topic, RetainedRuns.open(kafka.client(), topic, new RunChoice(ids)));
    }

    /** The settings by which the job judges now; says so where they are not as they come. */
    Settings settingsInForce(List<Signature> known, PrintWriter err) throws IOException {
        try {
            Settings settings = kafka.interventions(known).settings();
            if (!Arrays.equals(settings.json(), Settings.none(known).json())) {
                err.println("note: judged by the settings in force (foreshock settings show): " + settings.summary());
                err.flush();
            }
            return settings;
        } catch (KafkaException e) {
            throw new IOException(
                    "the settings in force cannot be read from Kafka (" + e.getMessage()
                            + "); with --config FILE they are not needed",
                    e);
        }
    }
}
