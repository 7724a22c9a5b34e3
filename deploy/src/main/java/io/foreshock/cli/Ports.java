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
        check(command, option, 0, port);
    }

    /** The same where 0 would not do. */
    static void checkGiven(CommandSpec command, String option, int port) {
        check(command, option, 1, port);
    }

    private static void check(CommandSpec command, String option, int first, int port) {
        if (port < first || port > LAST) {
            throw new ParameterException(
                    command.commandLine(), option + " must be " + first + " to " + LAST + ", got " + port);
        }
    }
}
