package io.foreshock.cli;

import picocli.CommandLine.Option;

/** The interface that a server listens on: this machine's own, unless somebody says otherwise. */
final class Interface {
    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Interface it listens on (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    String host() {
        return host;
    }
}
