package io.foreshock.terminal;

import io.foreshock.detect.Severity;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Ansi.IStyle;
import picocli.CommandLine.Help.Ansi.Style;

/** Colours for people, plain text for pipes. */
public enum Colour {
    ON(Ansi.ON),
    OFF(Ansi.OFF);

    private final Ansi ansi;

    Colour(Ansi ansi) {
        this.ansi = ansi;
    }

    /**
     * On when a terminal looks on, unless {@code NO_COLOR} says no; {@code FORCE_COLOR} says yes even to a pipe.
     * {@code NO_COLOR} wins where both are set.
     */
    public static Colour detect() {
        return of(System.getenv(), Ansi.AUTO.enabled());
    }

    static Colour of(Map<String, String> environment, boolean terminal) {
        if (!environment.getOrDefault("NO_COLOR", "").isEmpty()) {
            return OFF;
        }
        String force = environment.getOrDefault("FORCE_COLOR", "");
        boolean forced = !force.isEmpty() && !force.equals("0") && !force.equals("false");
        return forced || terminal ? ON : OFF;
    }

    String severity(Severity severity, String text) {
        return switch (severity) {
            case CRITICAL -> apply(text, Style.bold, Style.fg_red);
            case WARNING -> apply(text, Style.fg_yellow);
            case INFO -> apply(text, Style.fg_cyan);
        };
    }

    String good(String text) {
        return apply(text, Style.fg_green);
    }

    String strong(String text) {
        return apply(text, Style.bold);
    }

    String faint(String text) {
        return apply(text, Style.faint);
    }

    /** Not through picocli's markup: a run may be called {@code @|blink x|@}. */
    private String apply(String text, IStyle... styles) {
        return ansi.enabled() ? ansi.apply(text, List.of(styles)).toString() : text;
    }
}
