package io.foreshock.view;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many numbers the timelines of several runs may hold together: each run gets the same share of what there is, and
 * takes less once there are more of them. Thread-safe.
 */
public final class Budget {
    /** A report of this many numbers, four bytes each, stays below 15 MB. */
    public static final long REPORT = 4_000_000;

    private final long numbers;
    private final AtomicInteger runs = new AtomicInteger();

    /** @param numbers of all timelines of all runs, {@code > 0} */
    public Budget(long numbers) {
        if (numbers <= 0) {
            throw new IllegalArgumentException("budget must be > 0 numbers, got " + numbers);
        }
        this.numbers = numbers;
    }

    void join() {
        runs.incrementAndGet();
    }

    /** Numbers a run may hold by now. */
    long share() {
        return numbers / Math.max(1, runs.get());
    }
}
