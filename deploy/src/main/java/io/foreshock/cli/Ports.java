package io.foreshock.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Ports from the command line. */
final class Ports {
    private static final int LAST = 65_535;

    private Ports() {}

    /**
     * Refuses what is no port, before anything is started.
     *
     * @param option the option that gives it, for the message
     */
    static void check(CommandSpec command, String option, int port) {
        if (port < 0 || port > LAST) {
            throw new ParameterException(command.commandLine(), option + " must be 0 to " + LAST + ", got " + port);
        }
    }
}
