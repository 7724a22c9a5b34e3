package io.foreshock.detect;

/** How much an incident matters, from "worth knowing" to "stop and look". */
public enum Severity {
    /** Worth a mark on the chart; nobody needs to act. */
    INFO,
    /** The run is likely to suffer, or suffers now and may recover. */
    WARNING,
    /** The run is being lost. */
    CRITICAL
}
