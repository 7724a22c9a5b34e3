package io.foreshock.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.util.InstantiationUtil;

class SerializersTest {
    private static final double[] SPECIAL = {
        StepSample.ABSENT,
        Double.NaN,
        Double.longBitsToDouble(0x7ff8_0000_0000_0001L),
        Double.longBitsToDouble(0xfff0_0000_0000_0001L),
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        -0.0,
        Double.MIN_VALUE
    };

    /** One for all tries, so that its table of words fills and words displace each other. */
    private static final SampleSerializer WRITER = new SampleSerializer();

    private static final SampleSerializer READER = new SampleSerializer();

    @Property(seed = "1", tries = 500)
    void aSampleComesBackWithEveryBit(@ForAll("samples") StepSample sample) throws IOException {
        StepSample back = through(WRITER, READER, sample);

        assertThat(back).isEqualTo(sample);
        assertThat(back.partition()).isEqualTo(sample.partition());
        assertThat(back.offset()).isEqualTo(sample.offset());
        for (int i = 0; i < sample.count(); i++) {
            for (int k = 0; k < sample.size(i); k++) {
                assertThat(Double.doubleToRawLongBits(back.value(i, k)))
                        .isEqualTo(Double.doubleToRawLongBits(sample.value(i, k)));
            }
        }
    }

    @Provide
    Arbitrary<StepSample> samples() {
        Arbitrary<String> words = Arbitraries.oneOf(
                Arbitraries.of(Signal.values()).map(Signal::key),
                Arbitraries.strings().ofMinLength(1).ofMaxLength(40),
                Arbitraries.integers().between(0, 5_000).map(i -> "layers." + i + "/norm"));
        return Combinators.combine(
                        Arbitraries.strings().ofMinLength(1).ofMaxLength(80),
                        Arbitraries.integers().between(0, Integer.MAX_VALUE),
                        Arbitraries.integers().between(0, 1 << 20),
                        Arbitraries.longs().greaterOrEqual(-1),
                        Arbitraries.of(RunEnd.values()).injectNull(0.8),
                        words.list().uniqueElements().ofMaxSize(12),
                        Arbitraries.randomValue(Random::nextLong))
                .as((run, attempt, rank, step, end, names, seed) ->
                        sample(clean(run), attempt, rank, step, end, names, new Random(seed)));
    }

    /** Without lone surrogates, which the codec refuses. */
    private static String clean(String text) {
        return new String(
                text.getBytes(java.nio.charset.StandardCharsets.UTF_8), java.nio.charset.StandardCharsets.UTF_8);
    }

    private static StepSample sample(
            String run, int attempt, int rank, long step, RunEnd end, List<String> names, Random random) {
        Set<String> clean = new HashSet<>();
        names.forEach(name -> clean.add(clean(name)));
        String[] all = clean.toArray(new String[0]);
        int[] layers = new int[all.length];
        int[] heads = new int[all.length];
        int numbers = 0;
        for (int i = 0; i < all.length; i++) {
            int shape = random.nextInt(3);
            layers[i] = shape == 0 ? 0 : 1 + random.nextInt(200);
            heads[i] = shape == 2 ? 1 + random.nextInt(5) : 0;
            numbers += Math.max(1, layers[i]) * Math.max(1, heads[i]);
        }
        double[] values = new double[numbers];
        for (int i = 0; i < numbers; i++) {
            values[i] = random.nextInt(3) == 0 ? SPECIAL[random.nextInt(SPECIAL.length)] : random.nextGaussian();
        }
        return new StepSample(
                run,
                attempt,
                rank,
                step,
                random.nextLong(),
                end,
                all,
                layers,
                heads,
                values,
                random.nextInt(10) - 1,
                random.nextInt(10) - 1);
    }

    @Example
    void anEventComesBackWhicheverItIs() throws IOException {
        EventSerializer serializer = new EventSerializer();
        Event sample = Event.of(StepSample.builder("a", 1).metric("loss", 2).build());
        assertThat(through(serializer, serializer, sample)).isEqualTo(sample);

        byte[] raw = {1, 2, (byte) 0xff};
        Event refused = new Event(null, new Rejected(Rejected.Reason.TOO_DEEP, "détail", "", 3, 1L << 40, raw));
        Rejected back = through(serializer, serializer, refused).rejected();
        assertThat(back).usingRecursiveComparison().isEqualTo(refused.rejected());
    }

    @Example
    void anOutgoingRecordComesBackWithAndWithoutKey() throws IOException {
        OutgoingSerializer serializer = new OutgoingSerializer();
        for (byte[] key : Arrays.asList(null, new byte[0], new byte[300])) {
            Outgoing outgoing = new Outgoing(key, new byte[] {7});
            assertThat(through(serializer, serializer, outgoing)).isEqualTo(outgoing);
        }
    }

    @Example
    void aSettingsRecordComesBackWithAndWithoutKeyAndValue() throws IOException {
        SettingsSerializer serializer = new SettingsSerializer();
        for (byte[] bytes : Arrays.asList(null, new byte[0], new byte[300])) {
            SettingsRecord record = new SettingsRecord(1L << 40, bytes, bytes);
            assertThat(through(serializer, serializer, record)).isEqualTo(record);
        }
    }

    @Example
    void aSerializerComesBackFromItsSnapshotAndFromJava() throws Exception {
        for (TypeSerializer<?> serializer : List.of(
                new SampleSerializer(),
                new EventSerializer(),
                new OutgoingSerializer(),
                new MemorySerializer(),
                new SettingsSerializer())) {
            assertThat(restored(serializer)).isEqualTo(serializer);
            TypeSerializer<?> clone = InstantiationUtil.clone(serializer);
            assertThat(clone).isEqualTo(serializer).isNotSameAs(serializer);
        }
        // What was not serialized with it is there again.
        StepSample sample = StepSample.builder("a", 1).metric("x", 2).build();
        SampleSerializer clone = InstantiationUtil.clone(new SampleSerializer());
        assertThat(through(clone, clone, sample)).isEqualTo(sample);
    }

    @Example
    void aSnapshotOfALaterVersionIsRefused() {
        MemorySerializer.Snapshot snapshot = new MemorySerializer.Snapshot();

        assertThatThrownBy(() -> snapshot.readSnapshot(
                        2, new DataInputDeserializer(), getClass().getClassLoader()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has version 2, this Foreshock reads 1 to 1");
    }

    private static <T> TypeSerializer<T> restored(TypeSerializer<T> serializer) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<T> back = TypeSerializerSnapshot.readVersionedSnapshot(
                new DataInputDeserializer(out.getCopyOfBuffer()), SerializersTest.class.getClassLoader());
        assertThat(serializer
                        .snapshotConfiguration()
                        .resolveSchemaCompatibility(back)
                        .isCompatibleAsIs())
                .isTrue();
        return back.restoreSerializer();
    }

    private static <T> T through(TypeSerializer<T> writer, TypeSerializer<T> reader, T value) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        writer.serialize(value, out);
        DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
        T back = reader.deserialize(in);
        assertThat(in.available()).isZero();
        return back;
    }
}
