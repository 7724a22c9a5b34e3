package io.foreshock.detect;

import io.foreshock.state.State;
import io.foreshock.telemetry.Row;

/**
 * A detector that only looks on: it finds the same, but as info. So a rule can earn trust on real runs before it may
 * call anybody. Its memory is that of the detector, so looking on can be switched at any row.
 */
public final class Observing<S extends State> implements Detector<S> {
    private final Detector<S> detector;
    private final Quiet quiet = new Quiet();

    private Observing(Detector<S> detector) {
        this.detector = detector;
    }

    /** The detector, looking on. */
    public static <S extends State> Detector<S> of(Detector<S> detector) {
        return detector instanceof Observing ? detector : new Observing<>(detector);
    }

    @Override
    public S start() {
        return detector.start();
    }

    @Override
    public void observe(S state, Row row, RunHistory run, Findings out) {
        quiet.to = out;
        detector.observe(state, row, run, quiet);
    }

    @Override
    public boolean carries(S state, Signature signature, Row row) {
        return detector.carries(state, signature, row);
    }

    @Override
    public boolean evaluable(S state) {
        return detector.evaluable(state);
    }

    @Override
    public boolean hearsSilence() {
        return detector.hearsSilence();
    }

    @Override
    public long deadline(S state) {
        return detector.deadline(state);
    }

    @Override
    public void silence(S state, RunHistory run, Findings out) {
        quiet.to = out;
        detector.silence(state, run, quiet);
    }

    private static final class Quiet implements Findings {
        private Findings to;

        @SuppressWarnings("NullAway.Init") // Set before the detector speaks.
        Quiet() {}

        @Override
        public void add(Finding finding) {
            to.add(finding.severity() == Severity.INFO ? finding : finding.belittled());
        }

        @Override
        public void suspect() {
            to.suspect();
        }
    }
}
