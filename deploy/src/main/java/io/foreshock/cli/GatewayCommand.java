package io.foreshock.cli;

import io.foreshock.gateway.GatewaySettings;
import io.foreshock.http.Endpoint;
import io.foreshock.job.KafkaSettings;
import io.foreshock.live.AlertingGateway;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code foreshock gateway}: HTTP in. */
@Command(
        name = "gateway",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Take telemetry over HTTP into Kafka, and tell training of its alerts.",
        description = {
            "",
            "POST /v1/telemetry takes an event, a JSON array of events or an event a line, gzip or not, and answers once the"
                    + " broker has them, with what is wrong with those that it refuses. POST /v1/metrics takes OpenTelemetry"
                    + " metrics (OTLP/HTTP). GET /v1/alerts?run=ID tells the alerts of a run as they come. /health and"
                    + " /metrics are for whoever runs it. docs/gateway.md describes all of it. Ctrl-C stops it.",
            "",
            "It listens on the loopback interface unless --host says otherwise; then --tokens-file has to say who may send for"
                    + " which runs, and --tls-cert and --tls-key are a good idea. 'foreshock up' has one on port 8088 already.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock gateway",
            "  foreshock gateway --bootstrap-servers kafka:9092 --host 0.0.0.0 --tokens-file tokens.yaml \\",
            "      --tls-cert server.pem --tls-key server.key",
            "  curl localhost:8088/v1/telemetry -d '{\"run\":\"my-run\",\"step\":1,\"metrics\":{\"loss\":2.31}}'",
            "  curl -N 'localhost:8088/v1/alerts?run=my-run'",
            "",
            "tokens.yaml (read again when it changes; token_sha256 may stand for token):",
            "  tokens:",
            "    team-a: {token: 6b1d3c0f1f0d4f7fa5a0f0e5, runs: [\"llama-*\", \"team-a/*\"]}"
        })
final class GatewayCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private Interface listening = new Interface();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "" + GatewaySettings.PORT,
            description = "Its port, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port = GatewaySettings.PORT;

    @Option(names = "--tokens-file", paramLabel = "FILE", description = "Who may send and listen, and for which runs.")
    private @Nullable Path tokensFile;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "Speak HTTPS with this certificate (chain), in PEM.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "Its private key, in PEM, without a password.")
    private @Nullable Path key;

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException, SettingsException {
        CommandSpec command = Objects.requireNonNull(spec);
        Ports.check(command, "--port", port);
        GatewaySettings settings = settings(command);
        KafkaSettings job = kafka.settings();
        PrintWriter out = command.commandLine().getOut();
        return Serving.untilStopped(out, () -> {
            AlertingGateway gateway = AlertingGateway.start(settings, job);
            out.println("The gateway is at " + gateway.address() + "   Kafka: " + job.bootstrapServers());
            return gateway;
        });
    }

    private GatewaySettings settings(CommandSpec command) throws IOException {
        if ((certificate == null) != (key == null)) {
            throw new ParameterException(command.commandLine(), "--tls-cert and --tls-key must be given together");
        }
        requireReadable("--tokens-file", "a file of tokens", tokensFile);
        requireReadable("--tls-cert", "a certificate in PEM", certificate);
        requireReadable("--tls-key", "a private key in PEM", key);
        try {
            return new GatewaySettings(
                    new Endpoint(listening.host(), port),
                    tokensFile,
                    certificate == null || key == null ? null : new GatewaySettings.Tls(certificate, key));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private static void requireReadable(String option, String what, @Nullable Path file) throws IOException {
        if (file != null) {
            NamedFile.read(option, what, file, Files::readString);
        }
    }
}
