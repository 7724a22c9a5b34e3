package io.foreshock.replay;

import io.foreshock.format.TelemetryFile;
import io.foreshock.incident.Incident;
import io.foreshock.judge.StepSignals;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.UnknownRunException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Judges recorded files, as many at a time as there are cores; where there are fewer files than cores, each is read ahead by
 * a thread of its own. A file that cannot be read does not keep the others from being judged.
 */
public final class Replay {
    /** Rejections that are kept of each file, to be shown. */
    public static final int SHOWN_REJECTIONS = 5;

    private final Player player;
    private final @Nullable Consumer<StepSignals> signals;
    private final LongConsumer progress;
    private @Nullable Settings compared;
    private @Nullable Pace pace;
    private Consumer<Incident> told = incident -> {};
    private @Nullable Function<Recorded, Player.Audience> onlookers;

    /**
     * @param settings what to look for
     * @param signals takes each judged row, or null when nobody wants them; then files are judged side by side
     * @param progress told how many more bytes were read, as stored, from any thread
     */
    public Replay(Settings settings, @Nullable Consumer<StepSignals> signals, LongConsumer progress) {
        this.player = new Player(settings::signatures);
        this.signals = signals;
        this.progress = progress;
    }

    /** Judges each run by these settings as well, which gives {@link JudgedRun#otherwise}. The files are read once. */
    public Replay comparedWith(Settings others) {
        compared = others;
        return this;
    }

    /**
     * Plays one file after the other at this pace.
     *
     * @param out takes each change of an incident when it happens
     */
    public Replay paced(Pace slower, Consumer<Incident> out) {
        pace = slower;
        told = out;
        return this;
    }

    /**
     * Lets somebody watch.
     *
     * @param each gives an onlooker for each file, who is told everything, in one thread a file
     */
    public Replay watchedBy(Function<Recorded, Player.Audience> each) {
        onlookers = each;
        return this;
    }

    /**
     * Judges the files and hands each over when it is done, in the order given.
     *
     * @param out called from this thread
     */
    public void run(List<? extends Recorded> files, Consumer<JudgedFile> out) throws InterruptedException {
        // Rows are too many to be held back until their file's turn has come.
        int processors = Runtime.getRuntime().availableProcessors();
        boolean sideBySide = signals == null && pace == null;
        int threads = sideBySide ? Math.min(processors, Math.max(1, files.size())) : 1;
        // A core that judges no file has time to read one; what keeps a pace has nothing to hurry for.
        boolean ahead = threads < processors && pace == null;
        ExecutorService cores = Executors.newFixedThreadPool(threads);
        try {
            List<Future<JudgedFile>> pending = new ArrayList<>();
            for (Recorded file : files) {
                pending.add(cores.submit(() -> judge(file, ahead)));
            }
            for (Future<JudgedFile> judged : pending) {
                out.accept(judged.get());
            }
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IllegalStateException(String.valueOf(cause.getMessage()), cause);
        } finally {
            cores.shutdownNow();
        }
    }

    private JudgedFile judge(Recorded recorded, boolean ahead) {
        String shown = recorded.shown();
        Notes notes = new Notes(onlookers == null ? null : onlookers.apply(recorded));
        String failure = null;
        try (TelemetryFile file = ahead ? new ReadAhead(recorded.open()) : recorded.open()) {
            player.play(file, notes);
            notes.end();
            if (notes.runs.isEmpty()) {
                failure = shown
                        + (notes.rejected == 0 ? " is empty" : " holds no telemetry: all its lines were rejected");
            }
        } catch (AccessDeniedException e) {
            failure = shown + " cannot be read: permission denied";
        } catch (UnknownRunException e) {
            failure = e.getMessage();
        } catch (IOException e) {
            failure = shown + " cannot be read" + (notes.runs.isEmpty() ? "" : " to its end") + ": " + e.getMessage();
        } catch (UncheckedIOException e) {
            // What is said about it cannot be written.
            throw e;
        } catch (RuntimeException e) {
            throw new IllegalStateException("judging " + shown + " failed, which is a fault of ours: " + e, e);
        }
        return new JudgedFile(
                recorded, new ArrayList<>(notes.runs.values()), notes.rejected, notes.firstRejected, failure);
    }

    /** Notes what is said while one file is played. */
    private final class Notes implements Player.Audience {
        private final Map<String, JudgedRun> runs = new LinkedHashMap<>();
        private final List<Rejected> firstRejected = new ArrayList<>();
        private final @Nullable Otherwise otherwise = compared == null ? null : new Otherwise(compared, this::rejected);
        private final Player.@Nullable Audience onlooker;
        private long rejected;
        private long bytes;

        Notes(Player.@Nullable Audience onlooker) {
            this.onlooker = onlooker;
        }

        @Override
        public void sample(StepSample sample) {
            if (pace != null) {
                pace.await(sample);
            }
            run(sample.run()).end(sample.end());
            if (onlooker != null) {
                onlooker.sample(sample);
            }
            if (otherwise != null) {
                otherwise.sample(sample);
            }
        }

        void end() {
            if (otherwise != null) {
                otherwise.end(runs.values());
            }
        }

        @Override
        public void incident(Incident incident) {
            run(incident.run()).change(incident);
            told.accept(incident);
            if (onlooker != null) {
                onlooker.incident(incident);
            }
        }

        @Override
        public void signals(StepSignals row) {
            run(row.run()).row(row);
            if (signals != null) {
                signals.accept(row);
            }
            if (onlooker != null) {
                onlooker.signals(row);
            }
        }

        @Override
        public boolean charts() {
            return signals != null || (onlooker != null && onlooker.charts());
        }

        @Override
        public void rejected(Rejected reject) {
            if (onlooker != null) {
                onlooker.rejected(reject);
            }
            rejected++;
            if (firstRejected.size() < SHOWN_REJECTIONS) {
                firstRejected.add(reject);
            }
        }

        @Override
        public void progress(long read) {
            progress.accept(read - bytes);
            bytes = read;
        }

        private JudgedRun run(String name) {
            return runs.computeIfAbsent(name, JudgedRun::new);
        }
    }
}
