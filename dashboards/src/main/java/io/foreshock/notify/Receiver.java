package io.foreshock.notify;

import java.util.List;

/** One that is told. Told from one thread, asked from any. */
interface Receiver {
    /**
     * Brings what was told in line with what there is. Returns when the receiver has answered, or did not in time.
     *
     * @param concerns all that there is
     * @param now epoch milliseconds
     */
    void tell(List<Concern> concerns, long now) throws InterruptedException;

    Tally tally();
}
