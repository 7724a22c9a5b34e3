package io.foreshock.notify;

import io.foreshock.board.Standing;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.util.Map;

/**
 * An incident as it stands, with what those who are told need besides.
 *
 * @param incident its last change, without its window
 * @param standing where its run stands
 * @param isCurrent false once its run has {@linkplain io.foreshock.board.RunLine#hasLeft left}: whatever is open then stays open
 *     for ever
 * @param isNew true for a minute after it opened
 * @param opened when it opened, epoch milliseconds
 * @param labels of its run, out of the settings
 * @param page address of the run page with this incident, or ""
 */
record Concern(
        Incident incident,
        Standing standing,
        boolean isCurrent,
        boolean isNew,
        long opened,
        Map<String, String> labels,
        String page) {
    /** True while somebody should know. */
    boolean isOpen() {
        return isCurrent && incident.status() != Status.RESOLVED;
    }

    /** True if somebody has said that they know. */
    boolean isHandled() {
        return incident.muted() || incident.acknowledged() != null;
    }
}
