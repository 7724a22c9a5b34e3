package io.foreshock.job;

import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.util.function.SerializableSupplier;

/**
 * Where the job's streams come from.
 *
 * @param telemetry what was read, of type {@link Event#TYPE}, with a uid
 * @param settings what people set, mute and acknowledge, in its order, with a uid
 * @param history the same up to now, asked when a task starts and before it judges anything
 */
record Inlets(
        DataStream<Event> telemetry,
        DataStream<SettingsRecord> settings,
        SerializableSupplier<List<SettingsRecord>> history) {}
