package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Writes a state down and reads it into another. */
public final class Written {
    private Written() {}

    /** Returns {@code fresh}, which now remembers what {@code state} does; every byte must have been read. */
    public static <S extends State> S andRead(State state, S fresh) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            state.persist(Archive.writing(new DataOutputStream(bytes)));
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
            fresh.persist(Archive.reading(in));
            if (in.available() > 0) {
                throw new IllegalStateException(in.available() + " bytes were not read back");
            }
            return fresh;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
