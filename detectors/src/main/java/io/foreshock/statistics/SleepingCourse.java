package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * A {@link Course} that is brought up to date only when somebody asks: most rows of most runs are far from where it matters,
 * and keeping a course costs more than all else that such a row needs. Level and scale depend on the last
 * {@value #REMEMBERED} values at most, so no more than those wait. {@link Course#reach} looks further back and is not to be
 * asked.
 */
public final class SleepingCourse implements State {
    /**
     * The spread above the level takes {@link Course#LENGTH} values, each against the level of its time, which is that of as many
     * before it; and one for the first difference.
     */
    private static final int REMEMBERED = 2 * Course.LENGTH + 1;

    private final Course course = new Course();
    private final double[] waiting = new double[REMEMBERED];
    private int next;
    private long added;

    /** Takes in a finite value. */
    public void add(double value) {
        waiting[next] = value;
        next = next + 1 == REMEMBERED ? 0 : next + 1;
        added++;
    }

    /** The course of all values taken in so far. */
    public Course awake() {
        if (added > REMEMBERED) {
            course.clear();
        }
        int count = (int) Math.min(added, REMEMBERED);
        for (int age = count; age > 0; age--) {
            course.add(waiting[(next - age + REMEMBERED) % REMEMBERED]);
        }
        added = 0;
        return course;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        awake().persist(archive);
    }
}
