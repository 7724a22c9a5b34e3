package io.foreshock.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signature;
import io.foreshock.incident.Handling;
import io.foreshock.job.Runs.Said;
import io.foreshock.judge.RunJudge;
import io.foreshock.settings.Settings;
import io.foreshock.telemetry.StepSample;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class RunMemoryTest {
    /** Two ranks, so that a step is waiting for its second rank when it is cut in the middle. */
    private static final String RUN = "run-1";

    private static final List<StepSample> SAMPLES =
            Runs.mingled().stream().filter(s -> s.run().equals(RUN)).toList();
    private static final int CUT = 301;

    private static final List<Signature> SIGNATURES = Runs.signatures();

    @Test
    void writtenAndReadHalfWayItSaysTheSame() throws IOException {
        RunMemory memory = new RunMemory();
        observe(memory, SAMPLES.subList(0, CUT), Said.nothing());
        memory.timer = 1;
        memory.arrival = 2;
        memory.ts = 3;

        RunMemory back = MEMORY.deserialize(new DataInputDeserializer(bytes(memory)));

        assertThat(back.timer).isEqualTo(1);
        assertThat(back.arrival).isEqualTo(2);
        assertThat(back.ts).isEqualTo(3);
        assertThat(rest(back, SIGNATURES)).isEqualTo(expectedRest(SIGNATURES));
    }

    @Test
    void aCopyAndItsOriginalLiveApart() throws IOException {
        RunMemory memory = new RunMemory();
        observe(memory, SAMPLES.subList(0, CUT), Said.nothing());

        RunMemory copy = MEMORY.copy(memory);
        byte[] atTheCut = bytes(memory);
        assertThat(rest(copy, SIGNATURES)).isEqualTo(expectedRest(SIGNATURES));

        // What the copy has seen since does not show in what the checkpoint writes.
        assertThat(bytes(memory)).isEqualTo(atTheCut);
        assertThat(rest(memory, SIGNATURES)).isEqualTo(expectedRest(SIGNATURES));
        assertThat(bytes(memory)).isNotEqualTo(atTheCut);
    }

    @Test
    void aRunThatWasNeverHeardOfIsWrittenToo() throws IOException {
        RunMemory back = MEMORY.deserialize(new DataInputDeserializer(bytes(new RunMemory())));

        Said said = Said.nothing();
        observe(back, SAMPLES, said);
        assertThat(said).isEqualTo(Runs.plainLoop(SAMPLES));
    }

    /**
     * What version 1 wrote is read. A failure (also of memory, when a length is misread) says that the state's format
     * has changed. Before the first release, write the file anew with {@code -Dforeshock.fixtures=write}. After it,
     * raise {@code Archive.VERSION}, keep this file, and add one of the new version beside it.
     */
    @Test
    void whatVersion1WroteIsRead() throws IOException {
        List<Signature> stable = TooHigh.signatures();
        String name = "run-memory-v1.bin";
        if ("write".equals(System.getProperty("foreshock.fixtures"))) {
            Files.createDirectories(FIXTURES);
            Files.write(FIXTURES.resolve(name), fixture(stable));
        }
        DataInputDeserializer in;
        try (InputStream file = Files.newInputStream(FIXTURES.resolve(name))) {
            in = new DataInputDeserializer(file.readAllBytes());
        }
        TypeSerializerSnapshot<RunMemory> written =
                TypeSerializerSnapshot.readVersionedSnapshot(in, getClass().getClassLoader());

        assertThat(MEMORY.snapshotConfiguration()
                        .resolveSchemaCompatibility(written)
                        .isIncompatible())
                .isFalse();
        RunMemory memory = written.restoreSerializer().deserialize(in);
        assertThat(memory.timer).isEqualTo(4);
        assertThat(rest(memory, stable)).isEqualTo(expectedRest(stable));
    }

    private static final MemorySerializer MEMORY = new MemorySerializer();
    private static final Path FIXTURES = Path.of("src/test/resources/io/foreshock/job");

    private static byte[] fixture(List<Signature> signatures) throws IOException {
        RunMemory memory = new RunMemory();
        RunJudge judge = memory.judge(RUN, Settings.none(signatures), Handling.NONE, Runs.into(Said.nothing()));
        SAMPLES.subList(0, CUT).forEach(sample -> judge.observe(sample, Runs.into(Said.nothing())));
        memory.timer = 4;
        DataOutputSerializer out = new DataOutputSerializer(4096);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, MEMORY.snapshotConfiguration());
        MEMORY.serialize(memory, out);
        return out.getCopyOfBuffer();
    }

    private static Said rest(RunMemory memory, List<Signature> signatures) throws IOException {
        Said said = Said.nothing();
        RunJudge judge = memory.judge(RUN, Settings.none(signatures), Handling.NONE, Runs.into(Said.nothing()));
        SAMPLES.subList(CUT, SAMPLES.size()).forEach(sample -> judge.observe(sample, Runs.into(said)));
        return said;
    }

    private static Said expectedRest(List<Signature> signatures) {
        Said rest = Said.nothing();
        RunJudge judge = new RunJudge(RUN, signatures);
        SAMPLES.subList(0, CUT).forEach(sample -> judge.observe(sample, Runs.into(Said.nothing())));
        SAMPLES.subList(CUT, SAMPLES.size()).forEach(sample -> judge.observe(sample, Runs.into(rest)));
        return rest;
    }

    private static void observe(RunMemory memory, List<StepSample> samples, Said said) throws IOException {
        RunJudge judge = memory.judge(RUN, Settings.none(SIGNATURES), Handling.NONE, Runs.into(Said.nothing()));
        samples.forEach(sample -> judge.observe(sample, Runs.into(said)));
    }

    private static byte[] bytes(RunMemory memory) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(4096);
        MEMORY.serialize(memory, out);
        return out.getCopyOfBuffer();
    }
}
