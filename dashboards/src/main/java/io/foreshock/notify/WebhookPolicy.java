package io.foreshock.notify;

import io.foreshock.detect.Severity;
import java.time.Duration;

/**
 * What the webhook is told: something is going to act on it, so less, and later, than people.
 *
 * @param least severity from which on
 * @param delay after opening, in which the incident may resolve or somebody may mute or acknowledge it
 */
public record WebhookPolicy(Severity least, Duration delay) {
    public static final WebhookPolicy DEFAULT = new WebhookPolicy(Severity.CRITICAL, Duration.ZERO);

    /** True if this open incident is to be told by now. */
    boolean calls(Concern concern, long now) {
        return concern.incident().severity().compareTo(least) >= 0
                && concern.incident().pages()
                && now - concern.opened() >= delay.toMillis();
    }
}
