package io.foreshock.board;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a run stands. */
public enum Standing {
    RUNNING,
    /** It did not say that it is over, and yet nothing comes. */
    SILENT,
    FINISHED,
    FAILED,
    STOPPED;

    /** True if it said that it is over. */
    public boolean isOver() {
        return this != RUNNING && this != SILENT;
    }

    public String slug() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The standing of this name, or null. */
    public static @Nullable Standing of(String slug) {
        for (Standing standing : values()) {
            if (standing.slug().equals(slug)) {
                return standing;
            }
        }
        return null;
    }
}
