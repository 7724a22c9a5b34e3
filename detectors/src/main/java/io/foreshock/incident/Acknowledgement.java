package io.foreshock.incident;

import io.foreshock.state.Archive;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Somebody has seen an incident.
 *
 * @param by who
 * @param ts epoch milliseconds when they said so
 * @param note what they had to say, or ""
 */
public record Acknowledgement(String by, long ts, String note) {
    private static final Acknowledgement BLANK = new Acknowledgement("", 0, "");

    static @Nullable Acknowledgement persist(Archive archive, @Nullable Acknowledgement given) throws IOException {
        if (!archive.flag(given != null)) {
            return null;
        }
        Acknowledgement held = given == null ? BLANK : given;
        return new Acknowledgement(archive.word(held.by), archive.whole(held.ts), archive.word(held.note));
    }
}
