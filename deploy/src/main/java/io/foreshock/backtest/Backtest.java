package io.foreshock.backtest;

import io.foreshock.backtest.baseline.Baseline;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Verdict;
import io.foreshock.format.Formats;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.replay.Player;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plays a labelled corpus, a run a task, and scores it. */
public final class Backtest {
    private final Player player;
    private final List<Baseline> baselines;
    private final Scorer scorer;

    /**
     * A played and scored run.
     *
     * @param score the score
     * @param baselines the scores of the baselines, in their order
     * @param unjudged slugs of the signatures that could not be judged because an input was never logged
     * @param rejected lines that could not be read
     */
    public record Played(RunScore score, List<RunScore> baselines, Set<String> unjudged, long rejected) {}

    /**
     * @param signatures what looks at a run, by its id
     * @param baselines what looks at the same rows for comparison; empty for none
     * @param scorer compares what is said with the labels
     */
    public Backtest(Function<String, List<Signature>> signatures, List<Baseline> baselines, Scorer scorer) {
        // One judge holds them all: they do not see each other, and the log is read once.
        this.player = new Player(run -> Stream.concat(
                        signatures.apply(run).stream(),
                        baselines.stream().flatMap(baseline -> baseline.signatures().stream()))
                .toList());
        this.baselines = List.copyOf(baselines);
        this.scorer = scorer;
    }

    /**
     * Plays all runs on all cores and returns them in the order given.
     *
     * @param done called after each run, from any thread
     * @throws CorpusException naming the log that cannot be read
     */
    public List<Played> run(List<LabelledRun> runs, Runnable done) throws CorpusException, InterruptedException {
        ExecutorService cores =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            List<Future<Played>> pending = new ArrayList<>();
            for (LabelledRun run : runs) {
                pending.add(cores.submit(() -> {
                    Played played = play(run);
                    done.run();
                    return played;
                }));
            }
            List<Played> played = new ArrayList<>();
            for (Future<Played> future : pending) {
                played.add(future.get());
            }
            return played;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CorpusException corpus) {
                throw corpus;
            }
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IllegalStateException(String.valueOf(cause.getMessage()), cause);
        } finally {
            cores.shutdownNow();
        }
    }

    private Played play(LabelledRun run) throws CorpusException {
        Listening listening = new Listening();
        try (TelemetryFile file = Formats.open(Source.of(run.file()), run.name())) {
            player.play(file, listening);
        } catch (NoSuchFileException e) {
            throw new CorpusException("run " + run.name() + " is labelled but its log " + run.file()
                    + " is missing; add it, or take the run out of " + Labels.FILE);
        } catch (IOException e) {
            throw new CorpusException(run.file() + " cannot be read: " + e.getMessage());
        } catch (RuntimeException e) {
            throw new IllegalStateException("run " + run.name() + ": " + e, e);
        }
        if (listening.rows().count() == 0) {
            throw new CorpusException(run.file() + " holds no telemetry: " + listening.rejected() + " lines rejected");
        }
        if (listening.runs().size() > 1) {
            throw new CorpusException(run.file() + " holds several runs " + listening.runs()
                    + "; labels are for one run a file, so split it");
        }
        Set<String> unjudged = listening.verdicts().entrySet().stream()
                .filter(verdict -> verdict.getValue() == Verdict.NOT_EVALUABLE)
                .map(verdict -> verdict.getKey())
                .collect(Collectors.toSet());
        Function<List<Alarm>, RunScore> score = alarms -> scorer.score(run, listening.rows(), alarms);
        return new Played(
                // The scorer leaves the alarms of baselines out: their slugs are not among those that count.
                score.apply(listening.alarms()),
                baselines.stream()
                        .map(baseline -> score.apply(alarms(baseline, listening)))
                        .toList(),
                unjudged,
                listening.rejected());
    }

    private static List<Alarm> alarms(Baseline baseline, Listening listening) {
        return listening.alarms().stream()
                .filter(alarm -> baseline.owns(alarm.signature()))
                .map(alarm -> alarm.as(Baseline.slugOf(alarm.signature())))
                .toList();
    }
}
