package io.foreshock.format.dicts;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.format.Rows;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class DictsTest {
    @Test
    void verl() throws IOException {
        Rows rows = Rows.ofFixture("dicts/verl.jsonl");

        assertThat(rows.run()).isEqualTo("verl");
        assertThat(rows.samples()).hasSize(60);
        assertThat(rows.refused()).isEmpty();
        assertThat(rows.row(0)).isEqualTo("0 val-core/gsm8k/acc/mean@1=0.31");
        assertThat(rows.row(1))
                .isEqualTo("1 training/global_step=1.0 reward_mean=0.20773903835216898 entropy=0.8 grad_norm=0.3"
                        + " lr=1.0E-6 loss=-0.003150684223311854 response_length_mean=512.0 step_time=61.5");
    }

    @Test
    void maxTextsMetricsFile() throws IOException {
        Rows rows = Rows.ofFixture("dicts/maxtext_metrics.jsonl");

        assertThat(rows.run()).isEqualTo("maxtext_metrics");
        assertThat(rows.samples()).hasSize(100);
        assertThat(rows.row(99))
                .isEqualTo("99 loss=4.2927658217222415 learning/total_weights=7979.0 learning/grad_norm=1.0"
                        + " grad_norm=1.3 step_time=0.931 lr=0.003");
    }

    @Test
    void ownLoops() throws IOException {
        Rows rows = Rows.ofText("""
                {"step": 1, "loss": 2.5, "phase": "warmup", "done": false, "grads": [1, 2], "more": {"a": 1}}
                {"loss": NaN, "lr": "Infinity", "iter": 2, "timestamp": 1763870000.5}
                """);

        assertThat(rows.rows()).containsExactly("1 loss=2.5", "2 @1763870000500 loss=NaN lr=Infinity");
    }

    @Test
    void llamaFactory() throws IOException {
        assertThat(Rows.ofText("{\"current_steps\": 10, \"total_steps\": 100, \"loss\": 2.5, \"accuracy\": 0.6, \"lr\": 1e-5,"
                                + " \"epoch\": 0.1, \"percentage\": 10.0, \"elapsed_time\": \"0:00:10\"}\n")
                        .rows())
                .containsExactly("10 total_steps=100.0 loss=2.5 rewards_accuracy=0.6 lr=1.0E-5 epoch=0.1 percentage=10.0");
    }

    @Test
    void aBadLineLeavesTheOthersAlone() throws IOException {
        Rows rows = Rows.ofText("""
                {"step": 1, "loss": 2.5}
                oops
                {"step": 2, "loss": 2.4} {}
                {"loss": 2.4}
                {"step": 2.5, "loss": 2.4}
                {"step": 3, "loss": 2.3
                {"step": 4, "loss": 2.2}
                {"step": 5, "lo""");

        assertThat(rows.rows()).containsExactly("1 loss=2.5", "4 loss=2.2");
        assertThat(rows.details()).hasSize(6);
        assertThat(rows.details().get(1)).isEqualTo("more text follows the object on line 3");
        assertThat(rows.details().get(2)).startsWith("there is no step; it may be called step, global_step");
        assertThat(rows.details().get(3)).isEqualTo("step must be an integer >= 0, got -1");
        assertThat(rows.details().get(4)).isEqualTo("the object on line 6 is cut off");
    }

    @Test
    void ourOwnEventsAreNone() throws IOException {
        assertThat(Rows.ofText("{\"step\":1,\"metrics\":{\"layers\":[1,2]}}\n").row(0)).isEqualTo("1 layers=1.0");
        assertThat(Rows.ofText("{\"run\":\"a\",\"step\":1,\"ts\":1763870000123}\n").samples().get(0).run())
                .isEqualTo("a");
    }
}
