package io.foreshock.detect.rewardoveroptimization;

import io.foreshock.state.Archive;
import io.foreshock.state.State;
import java.io.IOException;

/**
 * Gold reward against KL as arXiv:2210.10760 found it for reinforcement learning: {@code R = R0 + d (alpha - beta ln d)} with
 * {@code d = sqrt(KL)}, which rises, peaks at {@code d = exp(alpha/beta - 1)} and falls. Fitted by least squares to all rows of
 * the run; it is linear in {@code d} and {@code d ln d}, so nine running moments suffice. The unit of KL does not matter:
 * another one changes alpha alone. Feed it finite values only.
 */
final class GoldCurve implements State {
    private long count;
    private double meanX;
    private double meanZ;
    private double meanY;
    private double xx;
    private double xz;
    private double zz;
    private double xy;
    private double zy;
    private double yy;

    /** Takes in a row. */
    void add(double kl, double gold) {
        double x = Math.sqrt(Math.max(0, kl));
        double z = x > 0 ? -x * Math.log(x) : 0;
        count++;
        double dx = x - meanX;
        double dz = z - meanZ;
        double dy = gold - meanY;
        meanX += dx / count;
        meanZ += dz / count;
        meanY += dy / count;
        xx += dx * (x - meanX);
        xz += dx * (z - meanZ);
        zz += dz * (z - meanZ);
        xy += dx * (gold - meanY);
        zy += dz * (gold - meanY);
        yy += dy * (gold - meanY);
    }

    private double determinant() {
        return xx * zz - xz * xz;
    }

    double alpha() {
        return (xy * zz - zy * xz) / determinant();
    }

    double beta() {
        return (zy * xx - xy * xz) / determinant();
    }

    /** Standard error of {@link #beta}; infinite before the curve is determined. */
    double betaError() {
        double determinant = determinant();
        if (count < 10 || !(determinant > 1e-9 * xx * zz)) {
            return Double.POSITIVE_INFINITY;
        }
        double residual = Math.max(0, yy - alpha() * xy - beta() * zy) / (count - 3);
        return Math.sqrt(residual * xx / determinant);
    }

    /** The KL at which gold peaks. */
    double peak() {
        double d = Math.exp(alpha() / beta() - 1);
        return d * d;
    }

    @Override
    public void persist(Archive archive) throws IOException {
        count = archive.whole(count);
        meanX = archive.real(meanX);
        meanZ = archive.real(meanZ);
        meanY = archive.real(meanY);
        xx = archive.real(xx);
        xz = archive.real(xz);
        zz = archive.real(zz);
        xy = archive.real(xy);
        zy = archive.real(zy);
        yy = archive.real(yy);
    }
}
