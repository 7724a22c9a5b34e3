package io.foreshock.detect;

import io.foreshock.detect.attentionlogitgrowth.AttentionLogitGrowth;
import io.foreshock.detect.context.ContextChange;
import io.foreshock.detect.gradexplosion.GradExplosion;
import io.foreshock.detect.gradnormspike.GradNormSpike;
import io.foreshock.detect.lossdivergence.LossDivergence;
import io.foreshock.detect.lossspike.LossSpike;
import io.foreshock.detect.nonfinite.NonFinite;
import io.foreshock.detect.rankdivergence.RankDivergence;
import io.foreshock.detect.rewardvariancevanishing.RewardVarianceVanishing;
import io.foreshock.detect.steptimeregression.StepTimeRegression;
import io.foreshock.detect.telemetrystalled.TelemetryStalled;
import java.util.List;

/** The only place that knows every signature: a new one is a package below this one and a line here. */
public final class Signatures {
    private static final List<Signature> ALL = List.of(
            ContextChange.RESUME,
            ContextChange.DATA_CHANGE,
            ContextChange.BATCH_SIZE_CHANGE,
            ContextChange.LR_STEP,
            ContextChange.OPTIMIZER_RESET,
            RankDivergence.SIGNATURE,
            AttentionLogitGrowth.SIGNATURE,
            RewardVarianceVanishing.SIGNATURE,
            GradNormSpike.SIGNATURE,
            GradExplosion.SIGNATURE,
            LossSpike.SIGNATURE,
            LossDivergence.SIGNATURE,
            NonFinite.SIGNATURE,
            StepTimeRegression.SIGNATURE,
            TelemetryStalled.SIGNATURE);

    private Signatures() {}

    /** All signatures, causes before their usual consequences. */
    public static List<Signature> all() {
        return ALL;
    }
}
