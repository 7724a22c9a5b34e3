package io.foreshock.detect;

import io.foreshock.detect.attentionlogitgrowth.AttentionLogitGrowth;
import io.foreshock.detect.gradexplosion.GradExplosion;
import io.foreshock.detect.gradnormspike.GradNormSpike;
import io.foreshock.detect.lossdivergence.LossDivergence;
import io.foreshock.detect.lossplateau.LossPlateau;
import io.foreshock.detect.lossspike.LossSpike;
import io.foreshock.detect.lranomaly.LrAnomaly;
import io.foreshock.detect.nonfinite.NonFinite;
import io.foreshock.detect.rewardvariancevanishing.RewardVarianceVanishing;
import io.foreshock.detect.telemetrystalled.TelemetryStalled;
import io.foreshock.detect.warmupinstability.WarmupInstability;
import java.util.List;

/** The only place that knows every signature: a new one is a package below this one and a line here. */
public final class Signatures {
    private static final List<Signature> ALL = List.of(
            LrAnomaly.SIGNATURE,
            WarmupInstability.SIGNATURE,
            AttentionLogitGrowth.SIGNATURE,
            RewardVarianceVanishing.SIGNATURE,
            GradNormSpike.SIGNATURE,
            GradExplosion.SIGNATURE,
            LossSpike.SIGNATURE,
            LossDivergence.SIGNATURE,
            LossPlateau.SIGNATURE,
            NonFinite.SIGNATURE,
            TelemetryStalled.SIGNATURE);

    private Signatures() {}

    /** All signatures, causes before their usual consequences. */
    public static List<Signature> all() {
        return ALL;
    }
}
