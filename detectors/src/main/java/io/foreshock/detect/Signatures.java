package io.foreshock.detect;

import io.foreshock.detect.activationgrowth.ActivationGrowth;
import io.foreshock.detect.attentionentropycollapse.AttentionEntropyCollapse;
import io.foreshock.detect.attentionlogitgrowth.AttentionLogitGrowth;
import io.foreshock.detect.context.ContextChange;
import io.foreshock.detect.delayedgeneralization.DelayedGeneralization;
import io.foreshock.detect.entropycollapse.EntropyCollapse;
import io.foreshock.detect.expertcollapse.ExpertCollapse;
import io.foreshock.detect.forgetting.Forgetting;
import io.foreshock.detect.gradexplosion.GradExplosion;
import io.foreshock.detect.gradnormspike.GradNormSpike;
import io.foreshock.detect.gradvanishing.GradVanishing;
import io.foreshock.detect.klblowup.KlBlowup;
import io.foreshock.detect.layerimbalance.LayerImbalance;
import io.foreshock.detect.lengthcap.LengthCap;
import io.foreshock.detect.lengthexploitation.LengthExploitation;
import io.foreshock.detect.likelihooddisplacement.LikelihoodDisplacement;
import io.foreshock.detect.lossdivergence.LossDivergence;
import io.foreshock.detect.lossplateau.LossPlateau;
import io.foreshock.detect.lossspike.LossSpike;
import io.foreshock.detect.lranomaly.LrAnomaly;
import io.foreshock.detect.nonfinite.NonFinite;
import io.foreshock.detect.outputlogitdrift.OutputLogitDrift;
import io.foreshock.detect.overfitting.Overfitting;
import io.foreshock.detect.rankdivergence.RankDivergence;
import io.foreshock.detect.rankingstall.RankingStall;
import io.foreshock.detect.rewardoveroptimization.RewardOveroptimization;
import io.foreshock.detect.rewardvariancevanishing.RewardVarianceVanishing;
import io.foreshock.detect.sharpness.Sharpness;
import io.foreshock.detect.steptimeregression.StepTimeRegression;
import io.foreshock.detect.telemetrystalled.TelemetryStalled;
import io.foreshock.detect.updatecollapse.UpdateCollapse;
import io.foreshock.detect.warmupinstability.WarmupInstability;
import java.util.List;

/** The only place that knows every signature: a new one is a package below this one and a line here. */
public final class Signatures {
    private static final List<Signature> ALL = List.of(
            ContextChange.RESUME,
            ContextChange.DATA_CHANGE,
            ContextChange.BATCH_SIZE_CHANGE,
            ContextChange.LR_STEP,
            ContextChange.OPTIMIZER_RESET,
            LrAnomaly.SIGNATURE,
            WarmupInstability.SIGNATURE,
            AttentionLogitGrowth.SIGNATURE,
            AttentionEntropyCollapse.SIGNATURE,
            OutputLogitDrift.SIGNATURE,
            ActivationGrowth.SIGNATURE,
            ExpertCollapse.SIGNATURE,
            RankDivergence.SIGNATURE,
            LengthCap.SIGNATURE,
            LengthExploitation.SIGNATURE,
            RewardOveroptimization.SIGNATURE,
            KlBlowup.SIGNATURE,
            EntropyCollapse.SIGNATURE,
            RewardVarianceVanishing.SIGNATURE,
            GradVanishing.SIGNATURE,
            UpdateCollapse.SIGNATURE,
            Sharpness.SIGNATURE,
            GradNormSpike.SIGNATURE,
            GradExplosion.SIGNATURE,
            LossSpike.SIGNATURE,
            LossDivergence.SIGNATURE,
            LayerImbalance.SIGNATURE,
            LossPlateau.SIGNATURE,
            NonFinite.SIGNATURE,
            Overfitting.SIGNATURE,
            DelayedGeneralization.SIGNATURE,
            Forgetting.SIGNATURE,
            LikelihoodDisplacement.SIGNATURE,
            RankingStall.SIGNATURE,
            StepTimeRegression.SIGNATURE,
            TelemetryStalled.SIGNATURE);

    private Signatures() {}

    /** All signatures, causes before their usual consequences. */
    public static List<Signature> all() {
        return ALL;
    }
}
