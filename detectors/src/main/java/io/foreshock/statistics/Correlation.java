package io.foreshock.statistics;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/** Pearson's correlation of two quantities over all their values (Welford's updates). Feed it finite values only. Six numbers. */
public final class Correlation implements State {
    private long count;
    private double meanX;
    private double meanY;
    private double xx;
    private double xy;
    private double yy;

    /** Takes in a pair. */
    public void add(double x, double y) {
        count++;
        double dx = x - meanX;
        double dy = y - meanY;
        meanX += dx / count;
        meanY += dy / count;
        xx += dx * (x - meanX);
        xy += dx * (y - meanY);
        yy += dy * (y - meanY);
    }

    /** -1 to 1; 0 while one of the two has not changed. */
    public double coefficient() {
        double size = Math.sqrt(xx) * Math.sqrt(yy);
        return size > 0 ? xy / size : 0;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        count = archive.whole(count);
        meanX = archive.real(meanX);
        meanY = archive.real(meanY);
        xx = archive.real(xx);
        xy = archive.real(xy);
        yy = archive.real(yy);
    }
}
