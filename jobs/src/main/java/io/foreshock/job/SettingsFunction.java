package io.foreshock.job;

import io.foreshock.detect.Signature;
import io.foreshock.settings.SettingsChange;
import io.foreshock.telemetry.Rejected;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.function.SerializableSupplier;

/** Lets records of the settings topic pass that can be followed; the others go to the side, once, and change nothing. */
final class SettingsFunction extends ProcessFunction<SettingsRecord, SettingsRecord>
        implements ResultTypeQueryable<SettingsRecord> {
    private final SerializableSupplier<List<Signature>> source;
    private transient List<Signature> known;
    private transient Rejects rejected;

    @SuppressWarnings("NullAway.Init") // Flink calls open first.
    SettingsFunction(SerializableSupplier<List<Signature>> source) {
        this.source = source;
    }

    @Override
    public void open(OpenContext context) {
        known = source.get();
        rejected = new Rejects(getRuntimeContext().getMetricGroup().addGroup("foreshock"));
    }

    @Override
    public TypeInformation<SettingsRecord> getProducedType() {
        return SettingsRecord.TYPE;
    }

    @Override
    public void processElement(SettingsRecord record, Context context, Collector<SettingsRecord> out) {
        try {
            SettingsChange.read(record.key(), record.value(), known);
            out.collect(record);
        } catch (IllegalArgumentException e) {
            byte[] raw = record.value() == null ? new byte[0] : record.value();
            Rejected refused = new Rejected(
                    Rejected.Reason.BAD_SETTINGS,
                    String.valueOf(e.getMessage()),
                    "",
                    0,
                    record.offset(),
                    raw.length > Rejected.RAW_LIMIT ? Arrays.copyOf(raw, Rejected.RAW_LIMIT) : raw);
            rejected.count(refused);
            context.output(JudgeFunction.REJECTED, Rejects.outgoing(refused));
        }
    }
}
