package io.foreshock.job;

import io.foreshock.job.Runs.Said;
import io.foreshock.wire.IncidentJson;
import io.foreshock.wire.SignalsJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** A sink into memory: what it was given survives the job, and its restarts. */
final class Collected implements Sink<Outgoing> {
    private static final Map<Integer, Queue<Outgoing>> HELD = new ConcurrentHashMap<>();
    private static final AtomicInteger IDS = new AtomicInteger();

    private final int id = IDS.incrementAndGet();

    Collected() {
        HELD.put(id, new ConcurrentLinkedQueue<>());
    }

    @Override
    public SinkWriter<Outgoing> createWriter(WriterInitContext context) {
        int to = id;
        return new SinkWriter<>() {
            @Override
            public void write(Outgoing element, Context at) {
                HELD.get(to).add(element);
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }

    Outlets.Outlet as(String name) {
        return stream -> stream.sinkTo(this).name(name).uid(name);
    }

    List<Outgoing> held() {
        return new ArrayList<>(HELD.get(id));
    }

    /** The three of a job. */
    record Three(Collected alerts, Collected signals, Collected rejected) {
        Three() {
            this(new Collected(), new Collected(), new Collected());
        }

        Outlets outlets() {
            return new Outlets(alerts.as("alerts"), signals.as("signals"), rejected.as("rejected"));
        }

        Said said() {
            Said said = Said.nothing();
            for (Outgoing alert : alerts.held()) {
                said.incidents()
                        .computeIfAbsent(IncidentJson.read(alert.value()).run(), run -> new ArrayList<>())
                        .add(Runs.text(alert.value()));
            }
            for (Outgoing row : signals.held()) {
                said.signals()
                        .computeIfAbsent(SignalsJson.read(row.value()).run(), run -> new ArrayList<>())
                        .add(Runs.text(row.value()));
            }
            rejected.held().forEach(reject -> said.rejected().add(Runs.text(reject.value())));
            return said;
        }
    }
}
