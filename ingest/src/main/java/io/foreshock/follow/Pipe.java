package io.foreshock.follow;

import io.foreshock.format.Format;
import io.foreshock.format.Formats;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Publishes what is piped in, to its end. A pipe cannot be read again, so there are no positions: what comes is sent. And
 * whoever writes into it is a training that must not wait, so all of it is read, even while no broker answers, or when
 * nothing in it is understood.
 */
public final class Pipe {
    private static final Path STANDARD_INPUT = Path.of("-");

    private Pipe() {}

    /**
     * Reads to the end.
     *
     * @param run of what names none
     * @param publisher drops what it cannot hold
     * @throws IOException when the stream has none of the known forms, after its end; the message says what was tried
     */
    public static Follower.Count publish(InputStream in, String run, TelemetryPublisher publisher, Told told)
            throws IOException {
        Source source = Source.of(in, "");
        Format format = Formats.of(source);
        long sent = 0;
        long rejected = 0;
        try (TelemetryFile rows = Formats.open(source, run)) {
            Event.Encoder encoder = new Event.Encoder(run, format != null && format.isOurs());
            for (Parsed row = rows.next(); row != null; row = rows.next()) {
                Event event = encoder.of(row);
                String trouble = encoder.trouble();
                if (trouble != null) {
                    rejected++;
                    told.rejected(STANDARD_INPUT, trouble);
                }
                if (event != null
                        && publisher.publish(new String(event.key(), StandardCharsets.UTF_8), event.value())) {
                    sent++;
                }
            }
        } catch (IOException e) {
            told.note("standard input: " + e.getMessage());
            in.transferTo(OutputStream.nullOutputStream());
            throw e;
        }
        return new Follower.Count(STANDARD_INPUT, run, sent, 0, rejected);
    }
}
