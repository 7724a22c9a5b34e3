package io.foreshock.detect;

import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import io.foreshock.judge.RunJudge;
import io.foreshock.judge.StepSignals;
import io.foreshock.judge.Verdicts;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A synthetic run, row by row, under the eyes of one signature. The loss falls like a power of the step with two per
 * cent of noise, the gradient norm stays at 0.5 with fifteen per cent; a test says what is different. Seeded: every
 * step that a test names is exact.
 */
public final class Rehearsal implements Verdicts {
    private final Random random = new Random(20_261_123);
    private final RunJudge judge;
    private final List<Incident> told = new ArrayList<>();
    private long step;
    private int stride = 1;
    private int attempt;
    private boolean logsGradient = true;
    private double rate = 3e-4;

    public Rehearsal(String slug) {
        judge = new RunJudge(
                "run",
                Signatures.all().stream()
                        .filter(signature -> signature.slug().equals(slug))
                        .toList());
    }

    /** Steps between rows. */
    public Rehearsal every(int steps) {
        stride = steps;
        return this;
    }

    public Rehearsal withoutGradient() {
        logsGradient = false;
        return this;
    }

    public Rehearsal rate(double newRate) {
        rate = newRate;
        return this;
    }

    /** Starts again from an earlier step. */
    public Rehearsal resumeAt(long earlier) {
        step = earlier;
        attempt++;
        return this;
    }

    /** Rows of a healthy run. */
    public Rehearsal healthy(int rows) {
        return rows(rows, 1, 1);
    }

    /** Rows whose loss and gradient norm are this many times what they would be. */
    public Rehearsal rows(int rows, double timesLoss, double timesGradient) {
        for (int i = 0; i < rows; i++) {
            row(timesLoss * loss(), timesGradient * gradient());
        }
        return this;
    }

    /** The loss that a healthy run would have next. */
    public double loss() {
        return 10 * Math.pow(1 + step / (double) stride, -0.2) * (1 + 0.02 * random.nextGaussian());
    }

    public double gradient() {
        return 0.5 * Math.exp(0.15 * random.nextGaussian());
    }

    /** A row with just these numbers. */
    public Rehearsal row(double loss, double gradient) {
        StepSample.Builder sample = StepSample.builder("run", step)
                .attempt(attempt)
                .metric("loss", loss)
                .metric("lr", rate);
        if (logsGradient) {
            sample.metric("grad_norm", gradient);
        }
        judge.observe(sample.build(), this);
        step += stride;
        return this;
    }

    /** Step of the next row. */
    public long step() {
        return step;
    }

    /** What opened, as it opened. */
    public List<Incident> opened() {
        judge.flush(this);
        return told.stream()
                .filter(incident -> incident.status() == Status.OPEN)
                .toList();
    }

    /** What opened and was more than information. */
    public List<Incident> alarms() {
        return opened().stream()
                .filter(incident -> incident.severity() != Severity.INFO)
                .toList();
    }

    @Override
    public void incident(Incident incident) {
        told.add(incident);
    }

    @Override
    public void signals(StepSignals signals) {}

    @Override
    public void rejected(Rejected rejected) {
        throw new AssertionError(rejected.detail());
    }
}
