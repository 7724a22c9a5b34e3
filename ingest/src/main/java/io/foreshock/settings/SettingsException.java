package io.foreshock.settings;

import java.util.List;
import java.util.stream.Collectors;

/** Settings that cannot be used: all that is wrong with them, in the order of lines. */
public final class SettingsException extends Exception {
    private final List<Problem> problems;

    /**
     * One thing that is wrong.
     *
     * @param line line of the text, from 1
     * @param message what is wrong, what is allowed, and what was given
     */
    public record Problem(int line, String message) {}

    /** @param source name of the file, for the message */
    public SettingsException(String source, List<Problem> problems) {
        super(problems.stream()
                .map(problem -> source + ":" + problem.line() + ": " + problem.message())
                .collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** All that is wrong, in the order of lines. */
    public List<Problem> problems() {
        return problems;
    }
}
