package io.foreshock.cli;

import io.foreshock.detect.Severity;
import io.foreshock.notify.NotifySettings;
import io.foreshock.notify.Secret;
import io.foreshock.notify.WebhookPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Who is told of incidents. Secrets come from files or the environment: command lines are seen by everybody. */
final class NotifyOptions {
    private static final String WEBHOOK_VARIABLE = "FORESHOCK_WEBHOOK";
    private static final String SECRET_VARIABLE = "FORESHOCK_WEBHOOK_SECRET";

    @Option(
            names = "--alertmanager",
            paramLabel = "URL",
            description = "Alertmanager that is told of warnings and critical incidents; once for each of a cluster.")
    private List<URI> alertmanagers = List.of();

    @Option(
            names = "--alertmanager-authorization-file",
            paramLabel = "FILE",
            description = "Value of the Authorization header that it wants: Bearer …, Basic ….")
    private @Nullable Path authorization;

    @Option(
            names = "--webhook",
            paramLabel = "URL",
            description =
                    "Gets a signed message for each incident that calls: opened, escalated, resolved (else: environment"
                            + " variable " + WEBHOOK_VARIABLE + ").")
    private @Nullable URI webhook;

    @Option(
            names = "--webhook-secret-file",
            paramLabel = "FILE",
            description = "What signs it: whsec_ and base64 of 16 to 64 bytes (else: environment variable "
                    + SECRET_VARIABLE + ").")
    private @Nullable Path secret;

    @Option(
            names = "--webhook-severity",
            paramLabel = "LEVEL",
            defaultValue = "CRITICAL",
            description = "It is told from this severity on: WARNING, CRITICAL (default: critical).")
    private Severity severity = Severity.CRITICAL;

    @Option(
            names = "--webhook-delay",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "So long after the alert, unless it is resolved, muted or acknowledged by then: 30s, 5m"
                    + " (default: at once).")
    private Duration delay = Duration.ZERO;

    @Option(
            names = "--page-url",
            paramLabel = "URL",
            description = "Address of the run page as people reach it, for links in notifications.")
    private @Nullable URI page;

    /**
     * Who is told.
     *
     * @throws IOException if a file cannot be read
     */
    NotifySettings settings(CommandSpec command) throws IOException {
        for (URI url : alertmanagers) {
            Urls.check(command, "--alertmanager", url);
        }
        Urls.check(command, "--page-url", page);
        URI hook = webhook;
        if (hook == null && System.getenv(WEBHOOK_VARIABLE) != null) {
            hook = Urls.read(command, WEBHOOK_VARIABLE, System.getenv(WEBHOOK_VARIABLE));
        }
        Urls.check(command, "--webhook", hook);
        return new NotifySettings(
                alertmanagers,
                authorization == null
                        ? null
                        : text("--alertmanager-authorization-file", "a file with the header's value", authorization),
                hook,
                hook == null ? null : secret(command),
                new WebhookPolicy(severity, delay),
                page);
    }

    private Secret secret(CommandSpec command) throws IOException {
        String text = secret == null
                ? System.getenv(SECRET_VARIABLE)
                : text("--webhook-secret-file", "a file with the secret", secret);
        if (text == null) {
            throw new ParameterException(
                    command.commandLine(),
                    "--webhook needs --webhook-secret-file FILE, or the variable " + SECRET_VARIABLE
                            + ", to sign what it gets; make one with: echo whsec_$(openssl rand -base64 32)");
        }
        try {
            return Secret.of(text.strip());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    command.commandLine(),
                    (secret == null ? SECRET_VARIABLE : "--webhook-secret-file " + secret) + ": " + e.getMessage());
        }
    }

    private static String text(String option, String what, Path file) throws IOException {
        return NamedFile.read(option, what, file, Files::readString).strip();
    }
}
