package io.foreshock.cli;

import io.foreshock.follow.BeginAnew;
import io.foreshock.follow.Followed;
import io.foreshock.follow.Follower;
import io.foreshock.follow.KafkaOutlet;
import io.foreshock.follow.Pipe;
import io.foreshock.follow.Told;
import io.foreshock.format.RunName;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.replay.RecordedFile;
import io.foreshock.replay.Recordings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code foreshock publish}: what trainers log to files, into Kafka. */
@Command(
        name = "publish",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Send what trainers log to files into Kafka, once or while it grows.",
        description = {
            "",
            "Reads TensorBoard and W&B folders, CSV, JSONL, trainer_state.json and what frameworks print, told by their"
                    + " content, and publishes each row once: live alerts without a change to the training code. With"
                    + " --follow it goes on with each new row and each new file until Ctrl-C.",
            "",
            "Started again, also after a kill, it goes on where it was. A file that is written anew, rotated or resumed is"
                    + " read anew, and what is new in it is sent. Files are only read, and nothing is locked.",
            "",
            "Standard input (-) is read to its end. It cannot be read again, so nothing is remembered of it; while Kafka is"
                    + " away it is read on, and what cannot be held is dropped: a training that is piped in never waits.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            " 0:everything was read and has been acknowledged, or --follow was stopped",
            " 1:a recording cannot be read, or Kafka does not take it; what was said tells which",
            " 2:wrong usage"
        },
        footer = {
            "",
            "Examples:",
            "  foreshock publish --follow runs/                              a folder of TensorBoard runs, as it grows",
            "  foreshock publish --follow wandb/                             W&B, offline or not",
            "  foreshock publish --follow train.log --run llama-7b-3",
            "  foreshock publish old/*.csv                                   once",
            "  python train.py 2>&1 | tee -p train.log | foreshock publish - --run llama-7b-3"
        })
final class PublishCommand implements Callable<Integer> {
    private static final Duration FLUSH = Duration.ofSeconds(30);
    private static final long AGAIN_SECONDS = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|DIR",
            description = "Recordings, folders that hold some, or - for standard input.")
    private List<Path> paths = List.of();

    @Option(
            names = {"-f", "--follow"},
            description = "Go on with what comes.")
    private boolean follow;

    @Option(
            names = "--run",
            paramLabel = "NAME",
            description = "The run of rows that name none (default: after the file or its folder); for one recording.")
    private @Nullable String run;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "Where positions are kept (default: a folder for these recordings and this Kafka in"
                    + " ~/.foreshock/publish).")
    private @Nullable Path state;

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    private final Recordings.Known known = new Recordings.Known();
    private final Map<Path, RecordedFile> recordings = new LinkedHashMap<>();

    @Override
    public Integer call() throws Exception {
        Map<String, String> client = kafka.client();
        String topic = kafka.settings().topics().telemetry().name();
        if (paths.contains(RecordedFile.STANDARD_INPUT)) {
            return pipe(client, topic);
        }
        if (run != null) {
            int found = Recordings.thereByNow(paths, known).files().size();
            if (found > 1) {
                throw wrong("--run names one recording, and there are " + found);
            }
        }
        Telling telling = new Telling(spec().commandLine().getErr());
        Path positions = state != null ? state : defaultState(client, topic);
        return follow ? follow(client, topic, positions, telling) : once(client, topic, positions, telling);
    }

    private int once(Map<String, String> client, String topic, Path positions, Telling telling)
            throws IOException, InterruptedException {
        List<Followed> all = followed(Recordings.find(paths));
        try (KafkaOutlet outlet = KafkaOutlet.connect(client, topic);
                Follower follower = Follower.open(positions, outlet, telling)) {
            follower.publish(() -> all);
            print(follower.counts());
            return follower.unreadable() > 0 ? Foreshock.FAILED : 0;
        }
    }

    private int follow(Map<String, String> client, String topic, Path positions, Telling telling) throws Exception {
        CountDownLatch stop = new CountDownLatch(1);
        FutureTask<Integer> work = new FutureTask<>(() -> {
            while (stop.getCount() > 0) {
                try (KafkaOutlet outlet = KafkaOutlet.connect(client, topic);
                        Follower follower = Follower.open(positions, outlet, telling)) {
                    out().println("Following; Ctrl-C stops it.   Kafka: " + client.get("bootstrap.servers"));
                    out().flush();
                    follower.follow(() -> thereByNow(telling), () -> stop.getCount() == 0);
                    print(follower.counts());
                } catch (BeginAnew e) {
                    telling.note(e.getMessage() + "; trying again");
                    stop.await(AGAIN_SECONDS, TimeUnit.SECONDS);
                }
            }
            return 0;
        });
        Thread worker = new Thread(work, "foreshock-follow");
        try (Stopper stopper = Stopper.inGoodOrder()) {
            stopper.closes(() -> {
                stop.countDown();
                worker.join();
            });
            worker.start();
            return work.get();
        } catch (InterruptedException e) {
            return 0;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private int pipe(Map<String, String> client, String topic) throws Exception {
        String name = run;
        if (paths.size() > 1) {
            throw wrong("- is read alone; publish the other recordings with a command of their own");
        }
        if (name == null) {
            throw wrong("what is piped in has no name; add --run NAME");
        }
        CountDownLatch finished = new CountDownLatch(1);
        TelemetryPublisher.Settings usual = TelemetryPublisher.Settings.DEFAULT;
        TelemetryPublisher.Settings settings = new TelemetryPublisher.Settings(
                topic, usual.maxEvents(), usual.maxBytes(), usual.firstRetry(), usual.lastRetry());
        // Ctrl-C ends the training as well, whose last lines are still to come.
        try (Stopper stopper = Stopper.atOnce(() -> await(finished));
                TelemetryPublisher publisher = TelemetryPublisher.connect(new HashMap<>(client), settings)) {
            Follower.Count count = Pipe.publish(
                    System.in, name, publisher, new Telling(spec().commandLine().getErr()));
            publisher.flush(FLUSH);
            TelemetryPublisher.Stats stats = publisher.stats();
            long lost = stats.dropped() + stats.refused() + stats.buffered();
            out().println(line(name, name, stats.sent(), 0, count.rejected()));
            out().flush();
            if (lost > 0) {
                throw new IOException(String.format(
                        Locale.ROOT, "%,d rows did not get to Kafka; last error: %s", lost, stats.lastError()));
            }
            return 0;
        } finally {
            finished.countDown();
        }
    }

    private static void await(CountDownLatch finished) {
        try {
            finished.await(8, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A folder that cannot be listed at this moment is no reason to forget what was in it. */
    private List<Followed> thereByNow(Telling telling) {
        try {
            return followed(Recordings.thereByNow(paths, known));
        } catch (IOException e) {
            telling.note("cannot look for recordings: " + e.getMessage());
            return recordings.isEmpty() ? List.of() : followed(List.copyOf(recordings.values()));
        }
    }

    private List<Followed> followed(Recordings found) {
        return followed(found.files());
    }

    private List<Followed> followed(List<RecordedFile> files) {
        List<Followed> all = new ArrayList<>();
        for (RecordedFile recorded : files) {
            List<Path> parts = recorded.files();
            for (Path part : parts) {
                Path file = part.toAbsolutePath().normalize();
                // Whichever checkpoint's it is, a run has one trainer_state.json.
                Path named = RunName.namedAfter(file);
                Path recording = named.equals(file) ? file : named.resolve(Objects.requireNonNull(file.getFileName()));
                boolean succeeded = !part.equals(parts.get(parts.size() - 1));
                String name = run == null || files.size() > 1 ? recorded.run() : run;
                if (recordings.put(recording, recorded) == null && follow) {
                    out().println(Home.shown(recording) + " as run " + name);
                    out().flush();
                }
                all.add(new Followed(recording, file, name, succeeded));
            }
        }
        return all;
    }

    /** These recordings and this Kafka have always the same. */
    private Path defaultState(Map<String, String> client, String topic) {
        StringBuilder what = new StringBuilder(client.get("bootstrap.servers") + " " + topic + " " + run);
        paths.stream()
                .map(path -> path.toAbsolutePath().normalize())
                .sorted()
                .forEach(path -> what.append(' ').append(path));
        UUID name = UUID.nameUUIDFromBytes(what.toString().getBytes(StandardCharsets.UTF_8));
        return Path.of(System.getProperty("user.home"), ".foreshock", "publish", name.toString());
    }

    private void print(List<Follower.Count> counts) {
        Map<RecordedFile, Follower.Count> sums = new LinkedHashMap<>();
        for (Follower.Count count : counts) {
            RecordedFile recorded = recordings.get(count.recording());
            if (recorded != null) {
                sums.merge(
                        recorded,
                        count,
                        (a, b) -> new Follower.Count(
                                a.recording(),
                                a.run(),
                                a.sent() + b.sent(),
                                a.skipped() + b.skipped(),
                                a.rejected() + b.rejected()));
            }
        }
        sums.forEach((recorded, count) -> out().println(line(
                Home.shown(recorded.path()).toString(), count.run(), count.sent(), count.skipped(), count.rejected())));
        out().flush();
    }

    private static String line(String shown, String run, long sent, long skipped, long rejected) {
        return String.format(Locale.ROOT, "%s: %,d rows of %s published", shown, sent, run)
                + (skipped == 0 ? "" : String.format(Locale.ROOT, ", %,d were before", skipped))
                + (rejected == 0 ? "" : String.format(Locale.ROOT, ", %,d rejected", rejected));
    }

    private PrintWriter out() {
        return spec().commandLine().getOut();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    private CommandSpec spec() {
        return Objects.requireNonNull(spec);
    }

    /** Says on standard error what a follower comes upon; of many rejected rows the first few. */
    private static final class Telling implements Told {
        private static final int REJECTED_TOLD = 5;

        private final PrintWriter err;
        private final Map<Path, Integer> rejected = new HashMap<>();
        private String lastNote = "";

        Telling(PrintWriter err) {
            this.err = err;
        }

        @Override
        public void rejected(Path recording, String reason) {
            int count = rejected.merge(recording, 1, Integer::sum);
            if (count <= REJECTED_TOLD) {
                err.println("rejected: " + Home.shown(recording) + ": " + reason);
            } else if (count == REJECTED_TOLD + 1) {
                err.println("rejected: " + Home.shown(recording) + ": more, which are counted and not told");
            }
            err.flush();
        }

        @Override
        public void note(String sentence) {
            if (!sentence.equals(lastNote)) {
                err.println("note: " + sentence);
                err.flush();
                lastNote = sentence;
            }
        }
    }
}
