package io.foreshock.detect;

/** Where a detector says what it found. */
public interface Findings {
    /** The signature holds at this row on this series. */
    void add(Finding finding);

    /** Something shows that would be a finding if it lasted; nobody is told, the verdict says so. */
    void suspect();
}
