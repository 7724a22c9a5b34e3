package io.foreshock.judge;

import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import io.foreshock.detect.Verdict;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.state.Archive;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Plays a run to a judge and keeps what it says. */
public final class Play implements Verdicts {
    public final List<Incident> told = new ArrayList<>();
    public final List<StepSignals> signals = new ArrayList<>();
    public final List<Rejected> rejected = new ArrayList<>();
    public final Map<String, Verdict> verdicts = new TreeMap<>();
    private final List<Signature> signatures;
    public RunJudge judge;

    public Play(List<Signature> signatures) {
        this.signatures = signatures;
        this.judge = new RunJudge("run", signatures);
    }

    /** Judged by the signatures of these slugs. */
    public static Play judgedBy(String... slugs) {
        return new Play(Signatures.all().stream()
                .filter(signature -> Arrays.asList(slugs).contains(signature.slug()))
                .toList());
    }

    public static StepSample.Builder at(long step) {
        return StepSample.builder("run", step);
    }

    public Play add(StepSample.Builder sample) {
        return add(sample.build());
    }

    public Play add(StepSample sample) {
        judge.observe(sample, this);
        return this;
    }

    public Play end() {
        judge.flush(this);
        return this;
    }

    /** Writes the judge down and goes on with one that read it. */
    public Play restart() {
        judge = restored(judge, new RunJudge("run", signatures));
        return this;
    }

    public static RunJudge restored(RunJudge from, RunJudge into) {
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            from.persist(Archive.writing(new DataOutputStream(bytes)));
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
            into.persist(Archive.reading(in));
            if (in.available() > 0) {
                throw new IllegalStateException(in.available() + " bytes were not read back");
            }
            return into;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every opening, in order. */
    public List<Incident> opened() {
        return told.stream()
                .filter(incident -> incident.status() == Status.OPEN)
                .toList();
    }

    /** The only incident that opened, as it opened. */
    public Incident only() {
        if (opened().size() != 1) {
            throw new AssertionError("expected one incident, got " + opened());
        }
        return opened().get(0);
    }

    public Incident last() {
        return told.get(told.size() - 1);
    }

    @Override
    public void incident(Incident incident) {
        told.add(incident);
    }

    @Override
    public void signals(StepSignals row) {
        signals.add(row);
        verdicts.putAll(row.verdicts());
    }

    @Override
    public void rejected(Rejected rejection) {
        rejected.add(rejection);
    }
}
