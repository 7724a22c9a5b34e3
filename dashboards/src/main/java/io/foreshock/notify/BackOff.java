package io.foreshock.notify;

import java.time.Duration;
import java.util.Random;

/** Pauses between tries: twice as long each time, up to a minute, each cut by chance so that many do not come at once. */
final class BackOff {
    private static final long FIRST_MILLIS = 1_000;
    private static final long LONGEST_MILLIS = 60_000;

    private final Random random;
    private int failures;
    private long next;

    BackOff(Random random) {
        this.random = random;
    }

    /** True if it is time to try, epoch milliseconds. */
    boolean isDue(long now) {
        return now >= next;
    }

    void succeeded() {
        failures = 0;
        next = 0;
    }

    /**
     * Notes a failure.
     *
     * @param asked the pause that the other side asks for, or zero
     * @return the pause until the next try
     */
    Duration failed(long now, Duration asked) {
        long longest = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures++, 10));
        long pause = Math.max(longest / 2 + (long) (random.nextDouble() * longest / 2), asked.toMillis());
        next = now + pause;
        return Duration.ofMillis(pause);
    }
}
