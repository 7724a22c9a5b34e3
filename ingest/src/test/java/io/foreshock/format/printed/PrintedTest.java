package io.foreshock.format.printed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.format.Rows;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class PrintedTest {
    @Test
    void megatron() throws IOException {
        Rows rows = Rows.ofFixture("printed/megatron.log");

        assertThat(rows.run()).isEqualTo("megatron.log");
        assertThat(rows.refused()).isEmpty();
        // 120 iterations and two evaluations, with the date in the zone of the log taken as UTC.
        assertThat(rows.samples()).hasSize(122);
        assertThat(rows.row(89))
                .isEqualTo("89 @1740830667000 consumed samples=45568.0 step_time=3.005 throughput per GPU"
                        + " (TFLOP/s/GPU)=312.4 lr=4.0E-4 batch_size=512.0 loss=4.408326 loss_scale=1.0 grad_norm=0.97"
                        + " param_norm=121.39 skipped_step=0.0 number of nan iterations=0.0");
        assertThat(rows.rows())
                .contains("50 eval_loss=5.433224 lm loss validation ppl=228.886")
                .anySatisfy(row -> assertThat(row)
                        .startsWith("110 @1740830730000 ")
                        .contains(" loss=NaN ", " grad_norm=Infinity ", " skipped_step=1.0 "));
    }

    @Test
    void megatronWithoutTimeAndOfOldVersions() throws IOException {
        assertThat(Rows.ofText(" iteration       10/  500000 | elapsed time per iteration (ms): 500.0 | learning rate 1.5E-04 |"
                                + " lm loss 8.1E+00 | loss scale 4294967296.0 |\n"
                                + " validation loss at iteration 10 | lm loss value: 7.9E+00 | lm loss PPL: 2.7E+03 |\n")
                        .rows())
                .containsExactly(
                        "10 step_time=0.5 lr=1.5E-4 loss=8.1 loss_scale=4.294967296E9",
                        "10 eval_loss=7.9 lm loss validation ppl=2700.0");
    }

    @Test
    void torchtitanWithColoursAndTwoRanks() throws IOException {
        Rows rows = Rows.ofFixture("printed/torchtitan.log");

        assertThat(rows.refused()).isEmpty();
        assertThat(rows.samples()).hasSize(82);
        assertThat(rows.row(0))
                .isEqualTo("1 @1740830403250 loss=9.72627 grad_norm=1.2256 memory=34.01 tps=5234.0 tflops=1191.2 mfu=40.0");
        assertThat(rows.rows())
                .contains("40 @1740830442900 eval_loss=5.8297 validation_metrics/memory=34.01 validation_metrics/tps=9000.0")
                .contains("60 @1740830462250 loss=25.28322 grad_norm=1.1366 memory=34.01 tps=5234.0 tflops=1191.2 mfu=40.0");
    }

    @Test
    void nanoGpt() throws IOException {
        Rows rows = Rows.ofFixture("printed/nanogpt.log");

        assertThat(rows.samples()).hasSize(104);
        assertThat(rows.rows())
                .containsSubsequence(
                        "0 train loss=9.9949 eval_loss=10.0449",
                        "0 loss=9.9949 step_time=0.25076 mfu (%)=-100.0",
                        "50 train loss=5.3349 eval_loss=5.3849",
                        "80 loss=18.4529 step_time=0.24908000000000002 mfu (%)=41.23");
    }

    /** The run prints its own source first, with the format of its lines in it. */
    @Test
    void moddedNanoGpt() throws IOException {
        Rows rows = Rows.ofFixture("printed/modded_nanogpt.log");

        assertThat(rows.samples()).hasSize(64);
        assertThat(rows.row(0)).isEqualTo("0 eval_loss=9.9949 train_time=0.0 step_avg=0.0");
        assertThat(rows.row(1)).isEqualTo("1 train_time=162.0 step_avg=162.3");
        assertThat(Rows.ofText("step:1/5100 train_loss:10.8258 train_time:304ms step_avg:nanms\n").rows())
                .containsExactly("1 loss=10.8258 train_time=304.0 step_avg=NaN");
    }

    @Test
    void llmC() throws IOException {
        Rows rows = Rows.ofFixture("printed/llmc.log");

        assertThat(rows.samples()).hasSize(102);
        assertThat(rows.row(0))
                .isEqualTo("1 loss=9.994882 grad_norm=1.5256 lr=1.0E-5 step_time=0.12322 mfu (%)=50.1 tok/s=4230000.0");
        assertThat(rows.rows())
                .containsSubsequence(
                        "50 eval_loss=5.416918",
                        "71 loss=19.245135 grad_norm=14.9111 lr=5.0E-4 step_time=0.12148 mfu (%)=50.1 tok/s=4230000.0",
                        "100 eval_loss=4.358965");
    }

    @Test
    void llmCsMainLog() throws IOException {
        Rows rows = Rows.ofFixture("printed/log124M/main.log");

        assertThat(rows.run()).isEqualTo("log124M");
        assertThat(rows.samples()).hasSize(105);
        assertThat(rows.rows())
                .containsSubsequence(
                        "0 eval_loss=11.0091",
                        "0 loss=9.9949 lr=1.0E-5 grad_norm=1.53",
                        "50 eval_loss=5.4169",
                        "50 eval=0.2891",
                        "50 loss=5.3341 lr=5.0E-4 grad_norm=1.47");
    }

    /** What an evaluation found is printed with every step after it and counts once. */
    @Test
    void nemo() throws IOException {
        Rows rows = Rows.ofFixture("printed/nemo.log");

        assertThat(rows.samples()).hasSize(100);
        assertThat(rows.rows())
                .containsSubsequence(
                        "30 lr=4.647E-6 batch_size=512.0 loss=6.2 step_time=6.194 consumed_samples=15872.0 eval_loss=6.3",
                        "31 lr=4.797E-6 batch_size=512.0 loss=6.14 step_time=6.194 consumed_samples=16384.0",
                        "95 lr=1.439E-5 batch_size=512.0 loss=NaN step_time=6.194 consumed_samples=49152.0");
        assertThat(rows.rows().stream().filter(row -> row.contains("eval_loss"))).hasSize(3);
    }

    @Test
    void maxText() throws IOException {
        Rows rows = Rows.ofFixture("printed/maxtext.log");

        assertThat(rows.samples()).hasSize(102);
        assertThat(rows.row(0))
                .isEqualTo("0 step_time=0.931 TFLOP/s/device=31.541 Tokens/s/device=2027.424 total_weights=7979.0 loss=9.995");
        assertThat(rows.rows()).contains("99 eval_loss=4.393 eval/total_weights=75264.0");
    }

    @Test
    void aLogMayBeginWithPagesOfOtherThings() throws IOException {
        String chatter = "NCCL INFO Channel 00/32 : 0 1 2 3 4 5 6 7\n".repeat(5_000);

        assertThat(Rows.ofText(chatter + "iter 10: loss 2.3000, time 120.00ms, mfu 12.30%\n").rows())
                .containsExactly("10 loss=2.3 step_time=0.12 mfu (%)=12.3");
    }

    @Test
    void aProgressBarOnTheSameLineIsOverwritten() throws IOException {
        assertThat(Rows.ofText(" 10%|#   | 10/100\r 20%|##  | 20/100\riter 10: loss 2.3000, time 120.00ms, mfu 1.00%\n")
                        .rows())
                .containsExactly("10 loss=2.3 step_time=0.12 mfu (%)=1.0");
    }

    @Test
    void ofSeveralRanksTheFirstCounts() throws IOException {
        for (String prefix : List.of("[default%d]:", "%d: ", "pretraining/0 [default%d]:")) {
            StringBuilder text = new StringBuilder();
            for (int step = 1; step <= 2; step++) {
                for (int rank : new int[] {3, 1}) {
                    text.append(String.format(prefix, rank)).append("iter " + step + ": loss 2.5, time 1.00ms, mfu 1.00%\n");
                }
            }
            assertThat(Rows.ofText(text.toString()).samples())
                    .as(prefix)
                    .extracting(StepSample::offset)
                    .containsExactly(1L, 3L);
        }
    }

    @Test
    void aLastLineThatIsHalfWrittenIsNotRead() throws IOException {
        Rows rows = Rows.ofText("s:0 trl:2.5 lr:0.1 norm:1.00\ns:1 trl:2.4 lr:0.1 nor");

        assertThat(rows.samples()).hasSize(1);
        assertThat(rows.details())
                .containsExactly("line 2, the last, has no line break: it may be half written and was not read");
        assertThat(Rows.ofText("s:0 trl:2.5 lr:0.1 norm:1.00\nby").refused()).isEmpty();
    }

    @Test
    void proseIsNoLog() {
        assertThatThrownBy(() -> Rows.ofText("val loss 2.5\nIn each step we lower the loss.\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not llm.c output: no line like \"step 10/1000 | loss 2.3");
    }
}
