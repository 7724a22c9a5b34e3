package io.foreshock.format.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.format.Rows;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvTest {
    @Test
    void lightningsMetrics() throws IOException {
        Rows rows = Rows.ofFixture("lightning_logs/version_0/metrics.csv");

        assertThat(rows.run()).isEqualTo("version_0");
        assertThat(rows.refused()).isEmpty();
        assertThat(rows.samples()).hasSize(410);
        assertThat(rows.rows().subList(0, 5))
                .containsExactly(
                        "0 lr=0.01",
                        "0 lr=0.01",
                        "0 epoch=0.0 grad_scale=1.0 loss=6.155718803405762",
                        "1 lr=0.01",
                        "1 epoch=0.0 grad_scale=1.0 loss=6.629263877868652");
        assertThat(rows.rows())
                .contains(
                        "39 epoch=0.0 eval_loss=1.1217784881591797",
                        "199 epoch=4.0 eval_acc=0.5 eval_loss=0.10833065211772919");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "step",
                "Step",
                "global_step",
                "iter",
                "iteration",
                "_step",
                "train/global_step",
                "trainer/global_step"
            })
    void stepsAreCalledManyWays(String name) throws IOException {
        assertThat(Rows.ofText("loss," + name + "\n2.5,7\n").rows()).containsExactly("7 loss=2.5");
    }

    @Test
    void theBestNameIsTheStep() throws IOException {
        assertThat(Rows.ofText("_step,global_step,loss\n100,7,2.5\n").rows()).containsExactly("7 _step=100.0 loss=2.5");
    }

    @Test
    void blankIsAbsentAndNotFiniteIsANumber() throws IOException {
        assertThat(Rows.ofText("step,loss,lr,a,b\n1,,0.1,NaN,inf\n2, ,1e-3,-Infinity,nan\n").rows())
                .containsExactly("1 lr=0.1 a=NaN b=Infinity", "2 lr=0.001 a=-Infinity b=NaN");
    }

    @Test
    void wordsAreLeftAside() throws IOException {
        assertThat(Rows.ofText("step,phase,loss\n1,warmup,2.5\n").rows()).containsExactly("1 loss=2.5");
    }

    @Test
    void quotedCellsAndOtherSeparators() throws IOException {
        assertThat(Rows.ofText("\"step\",\"a, b\"\n\"1\",\"2.5\"\n").rows()).containsExactly("1 a, b=2.5");
        assertThat(Rows.ofText("step\tloss\r\n1\t2.5\r\n").rows()).containsExactly("1 loss=2.5");
        assertThat(Rows.ofText("\uFEFFstep;loss\n1;2.5\n").rows()).containsExactly("1 loss=2.5");
    }

    @Test
    void aHeaderMayComeAgainWithOtherColumns() throws IOException {
        Rows rows = Rows.ofText("step,loss\n1,2.5\nstep,loss\n2,2.4\nloss,step,val_loss\n2.3,3,2.6\n");

        assertThat(rows.rows()).containsExactly("1 loss=2.5", "2 loss=2.4", "3 loss=2.3 eval_loss=2.6");
        assertThat(rows.refused()).isEmpty();
    }

    @Test
    void timesInSecondsAndMillisecondsAndWords() throws IOException {
        assertThat(Rows.ofText("step,timestamp,loss\n1,1763870000.123,2\n2,1763870001000,2\n3,2025-11-23 03:53:22.5,2\n")
                        .rows())
                .containsExactly("1 @1763870000123 loss=2.0", "2 @1763870001000 loss=2.0", "3 @1763870002500 loss=2.0");
    }

    @Test
    void aTimeSinceTheStartIsAMetric() throws IOException {
        assertThat(Rows.ofText("step,time,loss\n1,12.5,2\n").rows()).containsExactly("1 time=12.5 loss=2.0");
    }

    @Test
    void aBadRowLeavesTheOthersAlone() throws IOException {
        Rows rows = Rows.ofText("step,loss\n1,2\n2\nx,3\n-1,3\n1.5,3\n,3\n\"4,5\n5,6,7\n6,1\n");

        assertThat(rows.rows()).containsExactly("1 loss=2.0", "6 loss=1.0");
        assertThat(rows.details())
                .containsExactly(
                        "line 3 has 1 cells, the header has 2 columns",
                        "step must be an integer >= 0, got \"x\"",
                        "step must be an integer >= 0, got \"-1\"",
                        "step must be an integer >= 0, got \"1.5\"",
                        "step must be an integer >= 0, got \"\"",
                        "a quote is not closed within line 8",
                        "line 9 has 3 cells, the header has 2 columns");
    }

    @Test
    void aLastRowWithoutLineBreakMayBeHalfWritten() throws IOException {
        Rows rows = Rows.ofText("step,loss\n1,2.5\n2,2.");

        assertThat(rows.rows()).containsExactly("1 loss=2.5");
        assertThat(rows.details())
                .containsExactly("line 3, the last, has no line break: it may be half written and was not read");
    }

    @Test
    void aTableWithoutStepsIsNone() {
        assertThatThrownBy(() -> Rows.ofText("epoch,loss\n1,2\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not CSV: no first line that names a column of steps (step, global_step, ");
    }
}
