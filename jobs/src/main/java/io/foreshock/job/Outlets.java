package io.foreshock.job;

import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * Where the job's three streams go.
 *
 * @param alerts incidents, keyed by their id
 * @param signals judged steps, keyed by their run; gets nothing when {@link JobSettings#signals} is off
 * @param rejected what could not be judged, keyed by the run where it is known
 */
public record Outlets(Outlet alerts, Outlet signals, Outlet rejected) {

    /** Ends a stream: gives it a sink. */
    public interface Outlet {
        void end(DataStream<Outgoing> stream);
    }
}
