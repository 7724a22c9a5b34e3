package io.foreshock.wire;

import io.foreshock.telemetry.Rejected;

/** Ends the reading of one event. Without a stack trace, as bad input may come at the full rate of a topic. */
final class Refusal extends Exception {
    final Rejected.Reason reason;

    Refusal(Rejected.Reason reason, String detail) {
        super(detail, null, false, false);
        this.reason = reason;
    }

    String detail() {
        String detail = getMessage();
        return detail == null ? reason.toString() : detail;
    }
}
