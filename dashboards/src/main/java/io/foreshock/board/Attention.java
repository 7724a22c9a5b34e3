package io.foreshock.board;

import java.util.Locale;

/** How much a run needs a person, most first: the order of the list. */
public enum Attention {
    /** A critical incident is open, and nobody has acknowledged or muted it or what it follows from. */
    CRITICAL,
    /** The same of a warning. */
    WARNING,
    SILENT,
    /** It said that it failed. */
    FAILED,
    /** Something is open that somebody has acknowledged or muted. */
    HANDLED,
    NONE,
    /** It is over. */
    OVER;

    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }
}
