package io.foreshock.format.printed;

import io.foreshock.format.Format;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.wire.LoggedRow;
import java.util.List;
import java.util.function.Supplier;

/** What one tool prints, told by its lines anywhere in the beginning: before them come settings and warnings. */
public final class Printed implements Format {
    private final String tool;
    private final String example;
    private final Supplier<Dialect> dialect;

    private Printed(String tool, String example, Supplier<Dialect> dialect) {
        this.tool = tool;
        this.example = example;
        this.dialect = dialect;
    }

    /** One for each tool. */
    public static List<Format> all() {
        return List.of(
                new Printed("Megatron-LM", "iteration 10/ 1000 | … lm loss: 2.3 |", Megatron::new),
                new Printed("NeMo", "Training epoch 0, iteration 10/999 | … reduced_train_loss: 2.3", NeMo::new),
                new Printed("MaxText", "completed step: 10, seconds: 0.9, … loss: 2.3", MaxText::new),
                new Printed("torchtitan", "step: 10  loss: 2.3  …", TorchTitan::new),
                new Printed("llm.c", "step 10/1000 | loss 2.3 … or s:10 trl:2.3", LlmC::new),
                new Printed("nanoGPT", "iter 10: loss 2.3, time 120ms", NanoGpt::new),
                new Printed("modded-nanogpt", "step:10/1390 train_time:1622ms", ModdedNanoGpt::new));
    }

    @Override
    public String name() {
        return tool + " output";
    }

    @Override
    public String needs() {
        return "line like \"" + example + "\"";
    }

    @Override
    public boolean matches(Source source) {
        Dialect trial = dialect.get();
        LoggedRow row = new LoggedRow("");
        for (String line : source.beginningLines()) {
            row.begin();
            if (trial.read(PrintedFile.plain(line), row) >= 0 && row.count() > 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    public TelemetryFile open(Source source, String run) {
        return new PrintedFile(source, run, dialect.get());
    }
}
