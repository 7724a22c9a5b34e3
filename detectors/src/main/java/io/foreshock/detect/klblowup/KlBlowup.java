package io.foreshock.detect.klblowup;

import io.foreshock.detect.Detector;
import io.foreshock.detect.Finding;
import io.foreshock.detect.Findings;
import io.foreshock.detect.KlLine;
import io.foreshock.detect.RewardCourse;
import io.foreshock.detect.RunHistory;
import io.foreshock.detect.Sentence;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Progress;
import io.foreshock.telemetry.Row;
import io.foreshock.telemetry.Signal;
import java.io.IOException;

/** KL to the reference runs away, and buys no reward that counts. */
public final class KlBlowup implements Detector<KlBlowup.Memory> {
    public static final Signature SIGNATURE = Signature.named("kl_blowup", "KL to the reference runs away")
            .needs(Signal.REWARD_MEAN)
            .needsOneOf(Signal.KL, Signal.KL_TOKEN)
            .helpedBy(Signal.GOLD_REWARD_MEAN, Signal.RESPONSE_LENGTH_MEAN)
            .calmAfter(250)
            .reference("arXiv:2407.13709")
            .advice(
                    "Return to a checkpoint before the onset; raise the KL coefficient, or aim it at a target KL",
                    "Lower the learning rate, fewer updates a batch, clip the probability ratio tighter",
                    "Judge the policy by a reward that it is not trained on before going further from the reference")
            .detectedBy(Config.DEFAULT, KlBlowup::new);

    private final Config config;

    public KlBlowup(Config config) {
        this.config = config;
    }

    /**
     * @param level KL from which on it can be called far, in nats a response, {@code > 0}
     * @param rise growth of the mean of 8 rows over that of 30 that counts as running, as a share, {@code > 0}
     * @param kept share of the reward that KL promised under which the promise is not kept, 0 to 1; asked where no gold is logged
     * @param hotRows rows for which it has to show, {@code >= 1}
     */
    public record Config(double level, double rise, double kept, int hotRows) {
        public static final Config DEFAULT = new Config(3, 0.1, 0.3, 4);

        public Config {
            Setting.check(level > 0, "kl_blowup", "level", "> 0 nats a response", level);
            Setting.check(rise > 0, "kl_blowup", "rise", "> 0", rise);
            Setting.check(kept > 0 && kept < 1, "kl_blowup", "kept", "between 0 and 1", kept);
            Setting.check(hotRows >= 1, "kl_blowup", "hotRows", ">= 1 row", hotRows);
        }
    }

    /** What is known of one run. */
    public static final class Memory implements State {
        private final RewardCourse course = new RewardCourse();
        private final Progress kl = RewardCourse.progress();
        private long onset;
        private int hot;

        @Override
        public void persist(Archive archive) throws IOException {
            course.persist(archive);
            kl.persist(archive);
            onset = archive.whole(onset);
            hot = archive.count(hot);
        }
    }

    @Override
    public Memory start() {
        return new Memory();
    }

    /** False while KL is logged a token, and the length is not. */
    @Override
    public boolean evaluable(Memory memory) {
        return memory.kl.count() > 0;
    }

    @Override
    public void observe(Memory memory, Row row, RunHistory run, Findings out) {
        double kl = RewardCourse.kl(row);
        if (!Double.isFinite(kl) || !memory.course.observe(row)) {
            return;
        }
        memory.kl.add(row.step(), kl);
        if (!memory.course.known()) {
            return;
        }
        if (!runs(memory.kl)) {
            memory.hot = 0;
            memory.onset = row.step();
            return;
        }
        if (!isUnpaid(memory)) {
            memory.hot = 0;
            return;
        }
        memory.hot++;
        if (memory.hot >= config.hotRows) {
            tell(memory, out);
        } else {
            out.suspect();
        }
    }

    /** It is far, and lately went further by more than its noise. */
    private boolean runs(Progress kl) {
        double risen = kl.now() - kl.lately();
        return kl.now() > config.level && risen > config.rise * kl.lately() && risen > RewardCourse.ERRORS * kl.error();
    }

    private boolean isUnpaid(Memory memory) {
        RewardCourse course = memory.course;
        if (course.hasGold()) {
            return course.refuted();
        }
        return !course.climbs()
                && (course.fell() || !course.gained() || lately(memory).isLeft(config.kept));
    }

    /** What the KL of the last rows bought. */
    private static KlLine lately(Memory memory) {
        return new KlLine(
                memory.course, memory.kl.lately(), memory.course.reward().lately(), memory.kl.now());
    }

    private void tell(Memory memory, Findings out) {
        RewardCourse course = memory.course;
        Sentence unpaid = course.hasGold()
                ? Sentence.of(
                        "the gold reward went from %.3g to %.3g while the reward that is optimised went from %.3g to %.3g",
                        course.gold().start(),
                        course.gold().now(),
                        course.reward().start(),
                        course.reward().now())
                : Sentence.of(
                        "the reward stands at %.3g, at best it was %.3g",
                        course.reward().now(), course.reward().best());
        out.add(new Finding(
                Signal.KL,
                Signal.KL.key(),
                course.gained() ? Severity.WARNING : Severity.CRITICAL,
                memory.onset,
                memory.kl.now(),
                Math.max(config.level, (1 + config.rise) * memory.kl.lately()),
                "nat",
                null,
                Sentence.of(
                        "KL to the reference runs away: %.3g nats a response, lately %.3g, and %s",
                        memory.kl.now(), memory.kl.lately(), unpaid)));
    }
}
