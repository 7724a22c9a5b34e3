package io.foreshock.follow;

import java.nio.file.Path;

/** Who is told what a follower comes upon. */
public interface Told {
    /** A row cannot be read, or cannot be sent. */
    void rejected(Path recording, String reason);

    /** Something that a person may want to know: a sentence. */
    void note(String sentence);
}
