package io.foreshock.cli;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Regular expressions from the command line. */
final class Patterns {
    private Patterns() {}

    static Pattern of(CommandSpec spec, String option, String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " must be a regular expression, got '" + regex + "': " + e.getDescription());
        }
    }
}
