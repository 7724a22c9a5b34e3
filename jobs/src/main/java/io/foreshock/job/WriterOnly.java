package io.foreshock.job;

import java.io.IOException;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * A sink without its committer, which is there for transactions. What is written at least once has nothing to commit;
 * the writer is flushed before each checkpoint all the same. That leaves out an operator a sink, and a warning that
 * Flink's committer logs with every checkpoint (of a metric it registers again).
 */
record WriterOnly(Sink<Outgoing> sink) implements Sink<Outgoing> {
    @Override
    public SinkWriter<Outgoing> createWriter(WriterInitContext context) throws IOException {
        return sink.createWriter(context);
    }
}
