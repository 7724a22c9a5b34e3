package io.foreshock.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** {@code --speed N|max} of the commands that play recorded runs. */
final class Speed {
    private Speed() {}

    /** Steps a second; infinite for {@code max}. */
    static double of(CommandSpec command, String speed) {
        if (speed.equals("max")) {
            return Double.POSITIVE_INFINITY;
        }
        try {
            double pace = Double.parseDouble(speed);
            if (pace > 0 && pace <= 1e6) {
                return pace;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ParameterException(
                command.commandLine(), "--speed must be a number of steps a second above 0, or max, got " + speed);
    }
}
