package io.foreshock.job;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Lets samples pass; what could not be read goes to the side, because it has no run to be keyed by. */
final class RefusedFunction extends ProcessFunction<Event, StepSample> implements ResultTypeQueryable<StepSample> {
    private transient Rejects rejected;

    @SuppressWarnings("NullAway.Init") // Flink calls open first.
    RefusedFunction() {}

    @Override
    public void open(OpenContext context) {
        rejected = new Rejects(getRuntimeContext().getMetricGroup().addGroup("foreshock"));
    }

    /** Said here, so that Flink does not look into the class and complain. */
    @Override
    public TypeInformation<StepSample> getProducedType() {
        return SampleSerializer.TYPE;
    }

    @Override
    public void processElement(Event event, Context context, Collector<StepSample> out) {
        StepSample sample = event.sample();
        Rejected refused = event.rejected();
        if (sample != null) {
            out.collect(sample);
        } else if (refused != null) {
            rejected.count(refused);
            context.output(JudgeFunction.REJECTED, Rejects.outgoing(refused));
        }
    }
}
