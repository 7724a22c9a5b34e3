package io.foreshock.alias;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AliasesTest {
    private final MetricCollector collector = new MetricCollector(Aliases.standard());

    @Test
    void everyLineResolvesToItsSignal() {
        for (Alias alias : Aliases.standard().lines()) {
            String logged = alias.name().replace("*", "Adam_W2.0");
            Alias.Condition when = alias.when();
            StepSample sample =
                    when == null ? collect(logged) : when.present() ? collect(logged, when.metric()) : collect(logged);

            Signal signal = alias.signal();
            assertThat(sample.name(0)).as(alias.toString()).isEqualTo(signal == null ? logged : signal.key());
        }
    }

    @Test
    void noNameHasTwoMeanings() {
        Map<String, Signal> meaning = new HashMap<>();
        Set<String> lines = new HashSet<>();
        for (Alias alias : Aliases.standard().lines()) {
            assertThat(lines.add(alias.name() + " when " + alias.when()))
                    .as("given twice: " + alias)
                    .isTrue();
            Signal signal = alias.signal();
            if (signal != null) {
                Signal other = meaning.putIfAbsent(alias.name(), signal);
                assertThat(other == null ? signal : other).as(alias.toString()).isEqualTo(signal);
            }
        }
    }

    @Test
    void noAliasIsACanonicalName() {
        for (Alias alias : Aliases.standard().lines()) {
            assertThat(Signal.of(alias.name())).as(alias.toString()).isNull();
        }
    }

    @Test
    void aLineAfterAnUnconditionalOneForTheSameNameWouldNeverApply() {
        Set<String> settled = new HashSet<>();
        for (Alias alias : Aliases.standard().lines()) {
            assertThat(settled).as(alias.toString()).doesNotContain(alias.name());
            if (alias.when() == null) {
                settled.add(alias.name());
            }
        }
    }

    @Test
    void canonicalNamesStay() {
        for (Signal signal : Signal.values()) {
            assertThat(collect(signal.key()).name(0)).isSameAs(signal.key());
            assertThat(collect("train/" + signal.key()).name(0)).isEqualTo(signal.key());
        }
    }

    @Test
    void unknownNamesPassThrough() {
        for (String name : List.of(
                "lm loss vs samples",
                "learning-rate vs samples",
                "eval/mmlu",
                "train/mmlu",
                "grad_2.0_norm/layers.0.weight",
                "l2_norm/grad/transformer.wte.weight",
                "lr-SGD-momentum",
                "lr-",
                "optim/LR (group 1)",
                "test/loss",
                "mtp_1 loss",
                "entropy_loss",
                "train/entropy_loss",
                "clip_ratio",
                "norm",
                "accuracy",
                "margin")) {
            assertThat(collect(name).name(0)).isEqualTo(name);
        }
    }

    @Test
    void theCanonicalNameWinsAndTheOtherKeepsItsOwn() {
        collector.clear();
        collector.scalar("train/loss", 1);
        collector.scalar("lm loss", 2);
        collector.scalar("loss", 3);
        StepSample sample = sample();

        assertThat(names(sample)).containsExactly("train/loss", "lm loss", "loss");
        assertThat(sample.value(sample.find("loss"), 0)).isEqualTo(3);
    }

    @Test
    void theEarlierLineWins() {
        assertThat(names(collect("critic/rewards/mean", "critic/score/mean")))
                .containsExactly("critic/rewards/mean", "reward_mean");
        assertThat(names(collect("objective/rlhf_reward", "objective/scores")))
                .containsExactly("objective/rlhf_reward", "reward_mean");
        assertThat(names(collect("learning/loss", "learning/lm_loss"))).containsExactly("learning/loss", "loss");
        assertThat(names(collect("loss/policy_avg", "train_loss"))).containsExactly("loss/policy_avg", "loss");
    }

    @Test
    void aWinnerMustHaveANumber() {
        collector.clear();
        collector.begin("loss");
        collector.end(0, 0);
        collector.scalar("train/loss", 2);

        assertThat(names(sample())).containsExactly("loss");
    }

    @Test
    void unitsAreConverted() {
        collector.clear();
        collector.scalar("elapsed time per iteration (ms)", 3250);
        StepSample sample = sample();

        assertThat(sample.name(0)).isEqualTo("step_time");
        assertThat(sample.value(0, 0)).isEqualTo(3.25);
    }

    @Test
    void aRepeatedNameKeepsTheLaterNumbers() {
        collector.clear();
        for (int i = 0; i < 500; i++) {
            collector.scalar("m" + i % 100, i);
        }
        StepSample sample = sample();

        assertThat(sample.count()).isEqualTo(100);
        for (int i = 0; i < 100; i++) {
            assertThat(sample.name(i)).isEqualTo("m" + i);
            assertThat(sample.value(i, 0)).isEqualTo(400 + i);
        }
    }

    @Test
    void likeSamplesShareTheirNames() {
        StepSample first = collect("loss", "lr");
        StepSample second = collect("loss", "lr");
        StepSample third = collect("loss", "lr", "kl");

        assertThat(names(first)).isEqualTo(names(second));
        assertThat(names(third)).containsExactly("loss", "lr", "kl");
        assertThat(names(second)).containsExactly("loss", "lr");
    }

    @Test
    void aWrongTableSaysWhichLine() {
        assertThatThrownBy(() -> Aliases.parse("canonical,framework,alias,scale,when,note\nlosss,X,y,,,"))
                .hasMessage("aliases.csv line 2: no signal is called losss");
        assertThatThrownBy(() -> Aliases.parse("canonical,framework\n"))
                .hasMessageStartingWith("aliases.csv line 1: needs canonical");
        assertThatThrownBy(() -> Aliases.parse("canonical,framework,alias,scale,when,note\nloss,X,*a*,,,"))
                .hasMessageStartingWith("aliases.csv line 2: alias must be");
    }

    private StepSample collect(String... names) {
        collector.clear();
        for (int i = 0; i < names.length; i++) {
            collector.scalar(names[i], i + 1);
        }
        return sample();
    }

    private StepSample sample() {
        return collector.sample("r", 0, 0, 1, StepSample.NONE, null, 0, 0);
    }

    static List<String> names(StepSample sample) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < sample.count(); i++) {
            names.add(sample.name(i));
        }
        return names;
    }
}
