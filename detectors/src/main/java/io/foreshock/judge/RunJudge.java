package io.foreshock.judge;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.Observing;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Handling;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Lifecycle;
import io.foreshock.incident.Place;
import io.foreshock.incident.Stories;
import io.foreshock.judge.StepSignals.LossForecast;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Annealing;
import io.foreshock.statistics.LossLaw;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepAssembler;
import io.foreshock.telemetry.StepSample;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about one run: samples in, incidents out. The Flink job, replay, backtest and benchmark each hold
 * one per run and call the same methods, so they say the same. Deterministic: the same samples give the same verdicts,
 * in whatever order the ranks of a step arrive. Not thread-safe.
 */
public final class RunJudge implements State {
    /** Every so many rows {@link StepSignals#verdicts()} is complete. */
    public static final int FULL_VERDICTS = 500;

    private final String run;
    private final Handling handling;
    private final List<Bench<?>> benches = new ArrayList<>();
    /** Those of them to which a silence says something. */
    private final List<Bench<?>> listening = new ArrayList<>();

    private final StepAssembler assembler = new StepAssembler();
    private final RunHistory history = new RunHistory();
    private final Stories stories;
    private Place place;
    private boolean ended;

    /** Incidents of signatures that are no longer looked for, as restored; to be resolved. */
    private final List<Lifecycle> orphans = new ArrayList<>();

    // Scratch: what one row shows.
    private final List<Finding> findings = new ArrayList<>();

    /**
     * @param run the run's id
     * @param signatures what to look for, in the order in which they are judged
     */
    public RunJudge(String run, List<Signature> signatures) {
        this(run, signatures, Handling.NONE);
    }

    /** @param handling what people say about its incidents; may change its answers between two calls */
    public RunJudge(String run, List<Signature> signatures, Handling handling) {
        this.run = run;
        this.handling = handling;
        this.place = new Place(run, 0, StepSample.NONE, StepSample.NONE);
        this.stories = new Stories(signatures);
        for (Signature signature : signatures) {
            Bench<?> bench = Bench.of(run, signature, signature.detector(), handling);
            benches.add(bench);
            if (bench.detector.hearsSilence()) {
                listening.add(bench);
            }
        }
    }

    /** Takes in a sample of this run and says what follows from it. */
    public void observe(StepSample sample, Verdicts out) {
        resolveOrphans(out);
        if (sample.ts() != StepSample.NONE && sample.ts() > deadline()) {
            // A silence that ends in a restart was the restart; whoever saw it live is told so by the resume below.
            Consumer<Incident> silences =
                    assembler.resumes(sample) ? incident -> out.incident(incident.belittled()) : out::incident;
            pause(sample.ts(), out, silences);
        }
        if (sample.count() > 0) {
            assembler.add(sample, row -> judge(row, out), out::rejected);
        }
        RunEnd end = sample.end();
        if (end != null) {
            flush(out);
            // Each rank may say it; the first word counts.
            boolean news = !ended;
            ended = true;
            place = new Place(run, place.attempt(), place.step(), Math.max(place.ts(), sample.ts()));
            for (Bench<?> bench : benches) {
                resolve(bench, out);
            }
            if (news && place.step() != StepSample.NONE) {
                out.signals(StepSignals.ended(run, place.attempt(), place.step(), place.ts(), end));
            }
        }
    }

    /** Judges the steps that still wait for a rank or a metric: nothing more is coming. */
    public void flush(Verdicts out) {
        assembler.flush(row -> judge(row, out));
    }

    /**
     * Epoch milliseconds, by the clock of the run, after which {@link #silence} is due unless a sample comes before; or
     * {@link Long#MAX_VALUE}. What waits for its step to be complete counts as heard.
     */
    public long deadline() {
        long deadline = Long.MAX_VALUE;
        for (Bench<?> bench : listening) {
            deadline = Math.min(deadline, deadline(bench));
        }
        return ended ? Long.MAX_VALUE : deadline;
    }

    private long deadline(Bench<?> bench) {
        long deadline = bench.deadline();
        boolean waits =
                deadline != Long.MAX_VALUE && assembler.heard() != StepSample.NONE && place.ts() != StepSample.NONE;
        return waits ? deadline + Math.max(0, assembler.heard() - place.ts()) : deadline;
    }

    /** True after the run announced its end, until it reports again. */
    public boolean ended() {
        return ended;
    }

    /**
     * The {@link #deadline} passed without a sample: judges what still waits, and says what the silence means. Ask for
     * the deadline again afterwards: it moves when a step was judged, and where a longer silence means more.
     */
    public void silence(Verdicts out) {
        long deadline = deadline();
        if (deadline != Long.MAX_VALUE) {
            pause(deadline + 1, out, out::incident);
        }
    }

    /**
     * The same run, judged by other signatures from here on. A detector whose settings changed keeps its memory where
     * that has the same form under both, and starts afresh where not. What was open of a signature that is no longer
     * looked for, or only looked on, is resolved now. This judge must not be used any more.
     */
    public RunJudge retuned(List<Signature> changed, Verdicts out) {
        RunJudge next = new RunJudge(run, changed, handling);
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(8192);
            persist(Archive.writing(new DataOutputStream(bytes)));
            next.persist(Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()))));
        } catch (IOException e) {
            throw new UncheckedIOException("a judge in memory cannot be read", e);
        }
        next.resolveOrphans(out);
        return next;
    }

    /** Tells again what is open and has been muted or acknowledged since, or is muted no longer. */
    public void handle(Verdicts out) {
        resolveOrphans(out);
        for (Bench<?> bench : benches) {
            bench.lifecycle.handle(place, change -> stories.tell(change, history.rows(), out::incident));
        }
    }

    /** True while an incident is open. */
    public boolean troubled() {
        for (Bench<?> bench : benches) {
            if (bench.lifecycle.open() != null) {
                return true;
            }
        }
        return false;
    }

    private void resolveOrphans(Verdicts out) {
        for (Lifecycle orphan : orphans) {
            Incident open = orphan.open();
            orphan.resolve(place, change -> stories.tell(change, history.rows(), out::incident));
            if (open != null) {
                history.firing(open.signature(), false);
            }
        }
        orphans.clear();
    }

    /** Metrics dropped because they had been reported before. */
    public long repeats() {
        return assembler.repeats();
    }

    /** Metrics dropped because they came too late. */
    public long late() {
        return assembler.late();
    }

    /**
     * Nothing was heard until now. A sample that comes after a gap passes through here first, so that a replay finds
     * the silence at the very deadline at which a timer would have found it live.
     */
    private void pause(long now, Verdicts out, Consumer<Incident> silences) {
        if (now <= deadline()) {
            return;
        }
        flush(out);
        for (Bench<?> bench : listening) {
            for (long deadline = bench.deadline(); deadline < now; deadline = bench.deadline()) {
                findings.clear();
                bench.silence(history, findings);
                apply(bench, true, new Place(run, place.attempt(), place.step(), deadline), silences);
            }
        }
    }

    private void judge(Row row, Verdicts out) {
        ended = false;
        if (row.resumed()) {
            for (Bench<?> bench : benches) {
                if (bench.silenced != StepSample.NONE) {
                    bench.lifecycle.belittle();
                }
                resolve(bench, out);
            }
        }
        history.observe(row);
        place = new Place(run, row.attempt(), Math.max(row.step(), row.resumed() ? 0 : place.step()), row.ts());
        Place here = new Place(run, row.attempt(), row.step(), row.ts());
        Map<String, Verdict> changed = Map.of();
        Map<String, List<String>> missing = Map.of();
        boolean all = history.rows() % FULL_VERDICTS == 1;
        for (Bench<?> bench : benches) {
            findings.clear();
            bench.observe(row, history, findings, out);
            // Of most signatures most rows show nothing, and nothing is open that could be calm.
            if (!findings.isEmpty() || bench.lifecycle.open() != null) {
                apply(bench, bench.carries(row), here, out::incident);
            }
            Verdict verdict = bench.verdict(history);
            if (all || verdict != bench.told) {
                changed = changed.isEmpty() ? new TreeMap<>() : changed;
                changed.put(bench.signature.slug(), verdict);
                bench.told = verdict;
                if (verdict == Verdict.NOT_EVALUABLE) {
                    missing = missing.isEmpty() ? new TreeMap<>() : missing;
                    missing.put(bench.signature.slug(), bench.missing(history));
                }
            }
        }
        boolean charts = out.charts();
        out.signals(new StepSignals(
                run,
                row.attempt(),
                row.step(),
                row.ts(),
                charts ? values(row) : Map.of(),
                changed,
                missing,
                charts && all ? forecast() : null));
    }

    /** Where the loss will be after twice the steps, if the rate stays as it is. */
    private @Nullable LossForecast forecast() {
        LossLaw.Fit fit = history.law().fit();
        if (fit == null) {
            return null;
        }
        Annealing so = history.law().schedule();
        so.advance(2 * so.step(), so.rate());
        LossLaw.Expected expected = fit.at(so);
        return new LossForecast(so.step(), expected.loss(), expected.low(), expected.high());
    }

    private void apply(Bench<?> bench, boolean evidence, Place at, Consumer<Incident> out) {
        Consumer<Incident> story = change -> stories.tell(change, history.rows(), out);
        bench.lifecycle.row(findings, evidence, at, history, story);
        bench.lifecycle.handle(at, story);
        history.firing(bench.signature.slug(), bench.lifecycle.open() != null);
    }

    private void resolve(Bench<?> bench, Verdicts out) {
        bench.lifecycle.resolve(place, change -> stories.tell(change, history.rows(), out::incident));
        history.firing(bench.signature.slug(), false);
    }

    private Map<Signal, Double> values(Row row) {
        Map<Signal, Double> values = new EnumMap<>(Signal.class);
        for (int i = 0; i < row.count(); i++) {
            Signal signal = row.signal(i);
            if (signal != null) {
                values.put(signal, history.latest(signal));
            }
        }
        return values;
    }

    /**
     * Each signature is written under its slug: with what it is set to, then its detector's memory, then its incident.
     * So a signature that is added later starts afresh, of one that is gone the incident can be resolved, and of one
     * whose settings changed the memory is kept if it fits.
     */
    @Override
    public void persist(Archive archive) throws IOException {
        assembler.persist(archive);
        history.persist(archive);
        stories.persist(archive);
        place = new Place(run, archive.count(place.attempt()), archive.whole(place.step()), archive.whole(place.ts()));
        ended = archive.flag(ended);
        int count = archive.count(benches.size());
        if (!archive.reads()) {
            for (Bench<?> bench : benches) {
                archive.word(bench.signature.slug());
                archive.word(bench.set());
                archive.count(bench.form());
                archive.bytes(bytes(bench.state));
                archive.bytes(bytes(bench));
            }
            return;
        }
        Map<String, Bench<?>> bySlug = new HashMap<>();
        for (Bench<?> bench : benches) {
            bySlug.put(bench.signature.slug(), bench);
        }
        for (int i = 0; i < count; i++) {
            String slug = archive.word("");
            String set = archive.word("");
            int form = archive.count(0);
            Archive memory = reading(archive.bytes(new byte[0]));
            Archive incident = reading(archive.bytes(new byte[0]));
            Bench<?> bench = bySlug.get(slug);
            if (bench == null) {
                orphan(incident);
                continue;
            }
            bench.persist(incident);
            bench.remember(memory, set, form);
            if (bench.overstates()) {
                orphans.add(bench.lifecycle);
            }
        }
    }

    private void orphan(Archive incident) throws IOException {
        Lifecycle orphan = new Lifecycle(run, GONE, handling);
        orphan.persist(incident);
        orphans.add(orphan);
    }

    /** Of which an incident may still be open. */
    private static final Signature GONE = Signature.named("gone", "A signature that is no longer looked for")
            .detectedBy(new Nothing(), nothing -> {
                throw new IllegalStateException("nothing is looked for");
            });

    private record Nothing() {}

    private static byte[] bytes(State state) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state.persist(Archive.writing(new DataOutputStream(bytes)));
        return bytes.toByteArray();
    }

    private static Archive reading(byte[] bytes) throws IOException {
        return Archive.reading(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    /** A detector at work: its memory and its incident. */
    private static final class Bench<S extends State> implements State, Findings {
        private final Signature signature;
        private final Detector<S> detector;
        /** Bytes of its memory when there is nothing in it: another number, another form. Counted when first asked for. */
        private int form = -1;

        private final Lifecycle lifecycle;
        private S state;
        private Verdict told = Verdict.NOT_EVALUABLE;
        private boolean suspect;
        /** The deadline up to which the silence since the last row was judged. */
        private long silenced = StepSample.NONE;

        private boolean failed;
        /** Whether the run has logged the signature's inputs, as of so many signals that it has logged. */
        private boolean reported;

        private int reportedOf = -1;
        /** Its memory was gathered under other settings. */
        private boolean inherited;

        private List<Finding> sink = List.of();

        private Bench(String run, Signature signature, Detector<S> detector, Handling handling) {
            this.signature = signature;
            this.detector = detector;
            this.state = detector.start();
            this.lifecycle = new Lifecycle(run, signature, handling);
        }

        static <S extends State> Bench<S> of(String run, Signature signature, Detector<S> detector, Handling handling) {
            return new Bench<>(run, signature, detector, handling);
        }

        @Override
        public void add(Finding finding) {
            sink.add(finding);
        }

        @Override
        public void suspect() {
            suspect = true;
        }

        void observe(Row row, RunHistory history, List<Finding> out, Verdicts verdicts) {
            if (failed) {
                return;
            }
            sink = out;
            suspect = false;
            silenced = StepSample.NONE;
            try {
                detector.observe(state, row, history, this);
            } catch (RuntimeException e) {
                if (inherited) {
                    out.clear();
                    forget();
                    return;
                }
                // The next restart would meet the same row again: one detector must not cost the others their job.
                failed = true;
                out.clear();
                verdicts.rejected(new Rejected(
                        Rejected.Reason.DETECTOR_FAILED,
                        signature.slug() + " failed at step " + row.step() + " (" + e
                                + ") and judges this run no more; please report it with this run's telemetry",
                        row.run(),
                        (int) StepSample.NONE,
                        StepSample.NONE,
                        new byte[0]));
            }
        }

        void silence(RunHistory history, List<Finding> out) {
            sink = out;
            silenced = deadline();
            detector.silence(state, history, this);
        }

        long deadline() {
            long deadline = failed ? Long.MAX_VALUE : detector.deadline(state);
            return deadline > silenced ? deadline : Long.MAX_VALUE;
        }

        boolean carries(Row row) {
            return detector.carries(state, signature, row);
        }

        /** What the detector is set to. */
        String set() {
            return signature.settings().toString();
        }

        private int form() throws IOException {
            if (form < 0) {
                form = bytes(detector.start()).length;
            }
            return form;
        }

        /** Takes over what was remembered under these settings, if it fits the present ones. */
        void remember(Archive memory, String then, int formThen) throws IOException {
            boolean same = then.equals(set());
            if (same || memory.version() < Archive.VERSION || formThen == form()) {
                state.persist(memory);
                inherited |= !same;
            } else {
                forget();
            }
        }

        private void forget() {
            state = detector.start();
            inherited = false;
            failed = false;
        }

        /** True if it only looks on, and what it has open says more. */
        boolean overstates() {
            Incident open = lifecycle.open();
            return detector instanceof Observing && open != null && open.severity() != Severity.INFO;
        }

        Verdict verdict(RunHistory history) {
            if (lifecycle.open() != null) {
                return Verdict.FIRING;
            }
            if (failed || !reported(history) || !detector.evaluable(state)) {
                return Verdict.NOT_EVALUABLE;
            }
            return suspect ? Verdict.SUSPECT : Verdict.QUIET;
        }

        private boolean reported(RunHistory history) {
            if (reportedOf != history.signals()) {
                reportedOf = history.signals();
                reported = signature.evaluable(signal -> history.rowsOf(signal) > 0);
            }
            return reported;
        }

        /** The metrics that would make it evaluable. */
        private List<String> missing(RunHistory history) {
            return signature.missing(signal -> history.rowsOf(signal) > 0);
        }

        @Override
        public void persist(Archive archive) throws IOException {
            lifecycle.persist(archive);
            told = archive.constant(told, Verdict.values());
            silenced = archive.whole(silenced);
            failed = archive.flag(failed);
            inherited = archive.flag(inherited);
        }
    }
}
