package io.foreshock.state;

import java.io.IOException;

/** Something that remembers, and can be written down. */
public interface State {
    /**
     * Passes every field through the archive, in a fixed order: {@code level = archive.real(level)}. One method serves
     * writing (the archive returns what it was given) and reading (it returns what was written), so the two cannot
     * drift apart. A field that was added later asks {@code archive.version()} and keeps its start value when it reads
     * older bytes.
     */
    void persist(Archive archive) throws IOException;
}
