package io.foreshock.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Addresses from the command line. */
final class Urls {
    private static final Set<String> SCHEMES = Set.of("http", "https");

    private Urls() {}

    /** An address out of the environment; the message of what is none does not show it. */
    static URI read(CommandSpec command, String variable, String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw new ParameterException(
                    command.commandLine(),
                    variable + " must be http://HOST:PORT/… or https://HOST:PORT/…: " + e.getReason());
        }
    }

    /**
     * Refuses what cannot be asked over HTTP, before anything is started.
     *
     * @param option the option that gives it, for the message
     */
    static void check(CommandSpec command, String option, @Nullable URI url) {
        if (url != null && url.getRawUserInfo() != null) {
            throw new ParameterException(
                    command.commandLine(),
                    option + " must not hold a user or password: command lines are seen by everybody");
        }
        if (url != null && (url.getHost() == null || !SCHEMES.contains(String.valueOf(url.getScheme())))) {
            // What is written in it may be a secret: the message shows its beginning alone.
            throw new ParameterException(
                    command.commandLine(),
                    option + " must be http://HOST:PORT or https://HOST:PORT, got scheme " + url.getScheme()
                            + " and host " + url.getHost());
        }
    }
}
