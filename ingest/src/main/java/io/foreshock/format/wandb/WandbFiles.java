package io.foreshock.format.wandb;

import io.foreshock.format.Format;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import java.io.IOException;

/** The transaction logs of Weights &amp; Biases, {@code run-*.wandb}. */
public final class WandbFiles implements Format {
    @Override
    public String name() {
        return "W&B .wandb file";
    }

    @Override
    public String needs() {
        return ":W&B at the beginning, and no name that ends in .wandb";
    }

    @Override
    public boolean matches(Source source) {
        return WandbFile.beginsWith(source.beginning()) || source.name().endsWith(".wandb");
    }

    @Override
    public TelemetryFile open(Source source, String run) throws IOException {
        return new WandbFile(source, run);
    }
}
