package io.foreshock.cli;

import io.foreshock.http.Endpoint;
import io.foreshock.page.PageSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The token that changes on the run page need. It comes from a file or the environment: command lines are seen by everybody. */
final class PageToken {
    private static final String VARIABLE = "FORESHOCK_PAGE_TOKEN";

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "Changes on the page need the token in this file (else: environment variable " + VARIABLE + ").")
    private @Nullable Path file;

    /**
     * Where the page listens, with the token if there is one.
     *
     * @throws IOException if the file cannot be read
     */
    PageSettings settings(CommandSpec command, String host, int port) throws IOException {
        String token = file == null
                ? System.getenv(VARIABLE)
                : NamedFile.read("--token-file", "a file with the token", file, Files::readString)
                        .strip();
        try {
            return new PageSettings(
                    new Endpoint(host, port), token == null || (file == null && token.isBlank()) ? null : token);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    command.commandLine(), (file == null ? "" : "--token-file " + file + ": ") + e.getMessage());
        }
    }
}
