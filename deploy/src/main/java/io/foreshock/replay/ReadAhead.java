package io.foreshock.replay;

import io.foreshock.format.TelemetryFile;
import io.foreshock.wire.Parsed;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read by a thread of its own, a little ahead of whoever asks for its events, so that one file keeps two
 * cores busy: one unpacks and parses, the other judges. The events are the same and come in the same order, what was read
 * before the disk failed comes before the failure, and what waits to be asked for is bounded, by its number and by its size.
 */
final class ReadAhead implements TelemetryFile {
    /** Events that are handed over together: one at a time would cost as much as to parse it. */
    private static final int BATCH = 256;

    /** Numbers after which a batch is handed over early, 256 kB of them: an event may have 65,536. */
    private static final int BATCH_NUMBERS = 1 << 15;

    /** Batches that wait at most. */
    private static final int WAITING = 4;

    /** Events that may have been read and not been asked for yet: those that wait, and a batch at either end. */
    static final int MOST = (WAITING + 2) * BATCH;

    /**
     * Some events, one after the other.
     *
     * @param bytesRead bytes of the file taken with the last of them, as stored
     * @param end true if nothing follows
     * @param failure why nothing follows, where the file has not merely ended
     */
    private record Batch(
            List<Parsed> events,
            long bytesRead,
            boolean end,
            @Nullable Throwable failure) {}

    private final TelemetryFile file;
    private final String run;
    private final BlockingQueue<Batch> waiting = new ArrayBlockingQueue<>(WAITING);
    private final Thread reader;
    private volatile @Nullable IOException closeFailure;

    private Batch batch = new Batch(List.of(), 0, false, null);
    private int next;

    /** @param file taken over, and closed by the thread that reads it */
    ReadAhead(TelemetryFile file) {
        this.file = file;
        this.run = file.run();
        this.reader = new Thread(this::readAll, "foreshock-reader");
        reader.setDaemon(true);
        reader.start();
    }

    @Override
    public @Nullable Parsed next() throws IOException {
        while (next == batch.events.size()) {
            if (batch.end) {
                rethrow(batch.failure);
                return null;
            }
            try {
                batch = waiting.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for the file");
            }
            next = 0;
        }
        return batch.events.get(next++);
    }

    @Override
    public String run() {
        return run;
    }

    @Override
    public long bytesRead() {
        return batch.bytesRead;
    }

    /** Stops reading, wherever it is; a reader that is through is left to close the file in peace. */
    @Override
    public void close() throws IOException {
        if (!batch.end) {
            reader.interrupt();
        }
        try {
            reader.join();
        } catch (InterruptedException e) {
            // A thread that reads from a terminal hears of nothing; it closes the file when it wakes up.
            Thread.currentThread().interrupt();
        }
        rethrow(closeFailure);
    }

    private void readAll() {
        try (file) {
            Batch read = new Batch(List.of(), 0, false, null);
            while (!read.end) {
                read = read();
                waiting.put(read);
            }
        } catch (InterruptedException e) {
            // Closed before its end: nobody asks any more.
        } catch (IOException e) {
            closeFailure = e;
        }
    }

    private Batch read() {
        List<Parsed> events = new ArrayList<>(BATCH);
        int numbers = 0;
        try {
            while (events.size() < BATCH && numbers < BATCH_NUMBERS) {
                Parsed event = file.next();
                if (event == null) {
                    return new Batch(events, file.bytesRead(), true, null);
                }
                events.add(event);
                numbers += size(event);
            }
            return new Batch(events, file.bytesRead(), false, null);
        } catch (IOException | RuntimeException | Error e) {
            return new Batch(events, file.bytesRead(), true, e);
        }
    }

    /** What it holds in memory, in numbers. */
    private static int size(Parsed event) {
        if (event instanceof Parsed.Refused refused) {
            return refused.rejected().raw().length / Double.BYTES;
        }
        return ((Parsed.Sample) event).sample().numbers();
    }

    private static void rethrow(@Nullable Throwable failure) throws IOException {
        if (failure instanceof IOException io) {
            throw io;
        } else if (failure instanceof RuntimeException unexpected) {
            throw unexpected;
        } else if (failure instanceof Error error) {
            throw error;
        }
    }
}
