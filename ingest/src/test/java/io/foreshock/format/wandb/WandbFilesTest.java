package io.foreshock.format.wandb;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import io.foreshock.format.Formats;
import io.foreshock.format.Mutation;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.format.Transcript;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files were written by wandb 0.16.6 (in Python) and 0.31.0 (in Go), see {@code make.py} beside them. */
class WandbFilesTest {
    private static final int BLOCK = 32 * 1024;

    @Test
    void aRunOfThePythonWriter() throws IOException {
        assertThat(rows("0.16.6/run-trainer.wandb"))
                .containsExactly(
                        "llama 7b #3 0 @1763870000125 loss=3.0 bad=1.0 nested.a=1.5 nested.b.c=0.0 count=1.099511627776E12",
                        "llama 7b #3 10 @1763870001125 loss=2.75 bad=1.0E-300 nested.a=1.5 nested.b.c=1.0"
                                + " count=1.099511627776E12",
                        "llama 7b #3 20 @1763870002125 loss=2.5 bad=NaN nested.a=1.5 nested.b.c=2.0"
                                + " count=1.099511627776E12",
                        "llama 7b #3 30 @1763870003125 loss=2.25 bad=-Infinity nested.a=1.5 nested.b.c=3.0"
                                + " count=1.099511627776E12",
                        "llama 7b #3 30 @1763870003125 FINISHED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.31.0/run-trainer.wandb", "0.31.0/run-typed.wandb"})
    void theGoWriterSaysTheSameInAnotherOrder(String file) throws IOException {
        assertThat(rows(file).stream().map(WandbFilesTest::sorted))
                .isEqualTo(rows("0.16.6/run-trainer.wandb").stream()
                        .map(WandbFilesTest::sorted)
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.16.6", "0.31.0"})
    void theStepIsTheMetricThatWasDeclaredTheAxisOfAll(String version) throws IOException {
        assertThat(rows(version + "/run-axis.wandb"))
                .containsExactly(
                        "axis 100 @1763870100125 loss=3.0",
                        "axis 100 @1763870101125 eval_loss=4.0",
                        "axis 200 @1763870200125 loss=1.5",
                        "axis 200 @1763870201125 eval_loss=2.0",
                        "axis 200 @1763870203125 train/runtime=201.5",
                        "axis 200 @1763870203125 FINISHED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.16.6", "0.31.0"})
    void anExitCodeIsAFailure(String version) throws IOException {
        assertThat(rows(version + "/run-crashed.wandb"))
                .containsExactly("crashed 0 @1763870000125 loss=2.0", "crashed 0 @1763870000125 FAILED");
    }

    @Test
    void aProcessThatWasKilledSaysNothing() throws IOException {
        List<String> python = rows("0.16.6/run-killed.wandb");
        List<String> go = rows("0.31.0/run-killed.wandb");

        assertThat(python).hasSize(71);
        assertThat(python.get(70)).isEqualTo("killed 70 @1763870070125 loss=2.0");
        // Whole blocks are all that reached the disk: its last record is cut off where the block ends.
        assertThat(go).hasSize(128);
        assertThat(go.get(127)).isEqualTo("killed 127 @1763870127125 loss=2.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.16.6", "0.31.0"})
    void aRecordOfSeveralBlocks(String version) throws IOException {
        assertThat(rows(version + "/run-blocks.wandb.gz"))
                .containsExactly(
                        "blocks 0 @1763870000125 loss=3.0",
                        "blocks 1 @1763870001125 loss=2.0",
                        "blocks 2 @1763870002125 loss=1.0",
                        "blocks 2 @1763870002125 FINISHED");
    }

    @Test
    void aDamagedPieceCostsItsRecord() throws IOException {
        byte[] log = unzipped("0.16.6/run-blocks.wandb.gz");
        log[BLOCK + 100] ^= 1;

        assertThat(Transcript.of(log, "x"))
                .contains("blocks 0 @1763870000125 loss=3.0", "blocks 2 @1763870002125 loss=1.0")
                .doesNotContain("blocks 1 @1763870001125 loss=2.0")
                .contains("! the record at byte " + BLOCK
                        + " is damaged: the checksum of its 32761 bytes is wrong; it is skipped");
    }

    @Test
    void aFlippedBitCostsOneRecordAndIsToldWithItsPlace() throws IOException {
        byte[] log = bytes("0.31.0/run-axis.wandb");
        List<String> whole = Transcript.of(log, "x");
        int row = (int) rowPositions(log).get(1).longValue();
        int length = length(log, row);

        log[row + 30] ^= 1;

        assertThat(Transcript.of(log, "x"))
                .containsExactly(
                        whole.get(0),
                        "! the record at byte " + row + " is damaged: the checksum of its " + length
                                + " bytes is wrong; it is skipped",
                        whole.get(2),
                        whole.get(3),
                        whole.get(4),
                        whole.get(5));
    }

    @Test
    void afterADamagedLengthTheRestOfTheBlockIsPassedOver() throws IOException {
        byte[] log = bytes("0.31.0/run-killed.wandb");
        byte[] two = Arrays.copyOf(log, 2 * BLOCK);
        byte[] end = frame(message(out -> out.writeByteArray(18, new byte[0])));
        System.arraycopy(end, 0, two, BLOCK, end.length);
        two = Arrays.copyOf(two, BLOCK + end.length);
        int row = (int) rowPositions(log).get(100).longValue();

        two[row + 4] ^= 2;

        assertThat(Transcript.of(two, "x"))
                .hasSize(102)
                .endsWith(
                        "! the record at byte " + row + " is damaged: the checksum of its " + length(two, row)
                                + " bytes is wrong; the rest of its block is skipped",
                        "killed 99 @1763870099125 FINISHED");
        two[row + 5] ^= (byte) 0x80;
        assertThat(Transcript.of(two, "x"))
                .contains("! the record at byte " + row + " is damaged: its " + length(two, row)
                        + " bytes go beyond its block, the rest of which is skipped");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.16.6/run-axis.wandb", "0.31.0/run-axis.wandb", "0.31.0/run-crashed.wandb"})
    void cutOffAnywhereItGivesAllThatIsComplete(String file) throws IOException {
        byte[] log = bytes(file);
        List<String> whole = Transcript.of(log, "x");
        List<Long> positions = rowPositions(log);
        assertThat(positions).hasSameSizeAs(whole);

        for (int cut = 0; cut <= log.length; cut++) {
            List<String> complete = new ArrayList<>();
            for (int i = 0; i < whole.size(); i++) {
                int start = (int) positions.get(i).longValue();
                if (start + 7 + length(log, start) <= cut) {
                    complete.add(whole.get(i));
                }
            }
            assertThat(Transcript.of(Arrays.copyOf(log, cut), "x.wandb"))
                    .as("cut at byte %d", cut)
                    .isEqualTo(complete);
        }
    }

    @Test
    void nothingOfTheConfigurationIsTold() throws IOException {
        byte[] log = bytes("0.31.0/run-trainer.wandb");
        int secret = new String(log, ISO_8859_1).indexOf("hunter2");
        assertThat(secret).isPositive();
        log[secret] ^= 1;

        try (TelemetryFile file = Formats.open(Source.of(new ByteArrayInputStream(log), "x"), "run")) {
            Parsed damaged = file.next();
            assertThat(damaged).isInstanceOf(Parsed.Refused.class);
            assertThat(((Parsed.Refused) damaged).rejected().raw()).isEmpty();
            assertThat(((Parsed.Refused) damaged).rejected().detail()).doesNotContain("unter2");
        }
        // The name was in the damaged record, so the run is called after the file.
        assertThat(Transcript.of(log, "x").get(1)).startsWith("run 0 @1763870000125 ");
    }

    @Test
    void aVersionThatIsNotKnownIsRefused() {
        byte[] log = {':', 'W', '&', 'B', (byte) 0xe1, (byte) 0xbe, 1};

        assertThat(Transcript.of(log, "x"))
                .containsExactly(
                        "! the file begins with 3a572642e1be01, not with 3a572642e1be00: it is damaged, or of a"
                                + " version of W&B's format that is not known; give version 0");
        assertThat(Transcript.of(new byte[0], "run-1.wandb")).isEmpty();
    }

    @Test
    void whatAnItemMaySay() {
        byte[] history = message(out -> {
            out.writeByteArray(1, item("_step", "7"));
            out.writeByteArray(1, item("a", "1e999"));
            out.writeByteArray(1, item("image", "{\"_type\": \"image-file\", \"width\": 640}"));
            out.writeByteArray(1, item("deep", "{\"x\": {\"y\": [1, {\"z\": 2}], \"w\": -3}}"));
            out.writeByteArray(1, item("broken", "{\"x\": "));
            out.writeByteArray(1, item("", "1"));
            out.writeByteArray(1, item("_runtime", "12.5"));
        });
        byte[] exit = message(out -> out.writeInt32(1, 255));

        assertThat(Transcript.of(
                        log(
                                message(out -> out.writeByteArray(17, message(run -> {
                                    run.writeString(1, "g6crsq5k");
                                    run.writeString(8, "bad\u0000name");
                                }))),
                                message(out -> out.writeByteArray(2, history)),
                                message(out -> out.writeByteArray(18, exit))),
                        "x"))
                .containsExactly(
                        "! the value of \"broken\" is no JSON: Unexpected end-of-input within/between Object entries; in the"
                                + " record at byte 37",
                        "! a metric's name must have 1 to 256 characters, got \"\" in the record at byte 37",
                        "g6crsq5k 7 @-1 a=Infinity deep.x.w=-3.0",
                        "g6crsq5k 7 @-1 STOPPED");
    }

    @Test
    void piecesWithoutBeginningOrEndAreTold() {
        byte[] row = message(out -> out.writeByteArray(2, message(h -> h.writeByteArray(1, item("a", "1")))));

        assertThat(Transcript.of(concat(HEADER, chunk(4, row), chunk(2, row), chunk(1, row), chunk(9, row)), "x"))
                .containsExactly(
                        "! the record at byte 7 has no beginning; it is skipped",
                        "! the record at byte 25 has no end: another begins at byte 43",
                        "run 0 @-1 a=1.0",
                        "! the record at byte 61 is of unknown type 9; it is skipped");
    }

    /** Bytes anywhere may be wrong, gone or doubled; each row costs bytes of the file, so there is an end of them. */
    @Property(tries = 2_000, seed = "20240229")
    void whateverIsInItsBytesItIsRead(@ForAll Random random) throws IOException {
        byte[] mutated = Mutation.of(some(random), random);

        assertThat(Transcript.of(mutated, "x.wandb")).hasSizeLessThanOrEqualTo(mutated.length / 7 + 1);
    }

    /** Beyond the checksums: a writer that is itself wrong. */
    @Property(tries = 2_000, seed = "20240229")
    void whateverIsInItsRecordsItIsRead(@ForAll Random random) throws IOException {
        byte[] log = some(random);
        List<byte[]> records = new ArrayList<>();
        for (int at = 7; at + 7 <= log.length; at += 7 + length(log, at)) {
            byte[] data = Arrays.copyOfRange(log, at + 7, at + 7 + length(log, at));
            records.add(random.nextInt(3) == 0 ? Mutation.of(data, random) : data);
        }
        byte[] mutated = log(records.toArray(byte[][]::new));

        assertThat(Transcript.of(mutated, "x.wandb")).hasSizeLessThanOrEqualTo(mutated.length / 4);
    }

    private static byte[] some(Random random) throws IOException {
        return bytes(
                switch (random.nextInt(3)) {
                    case 0 -> "0.16.6/run-trainer.wandb";
                    case 1 -> "0.31.0/run-typed.wandb";
                    default -> "0.31.0/run-axis.wandb";
                });
    }

    private static List<String> rows(String resource) throws IOException {
        return Transcript.of(WandbFilesTest.class, resource);
    }

    private static byte[] bytes(String resource) throws IOException {
        return Files.readAllBytes(Transcript.path(WandbFilesTest.class, resource));
    }

    private static byte[] unzipped(String resource) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes(resource)))) {
            return in.readAllBytes();
        }
    }

    /** The row with its metrics by name. */
    private static String sorted(String row) {
        int metrics = row.indexOf(' ', row.indexOf('@'));
        String[] named = row.substring(metrics + 1).split(" ");
        Arrays.sort(named);
        return row.substring(0, metrics) + " " + String.join(" ", named);
    }

    /** Of each row, the position of its record. */
    private static List<Long> rowPositions(byte[] log) throws IOException {
        List<Long> positions = new ArrayList<>();
        try (TelemetryFile file = Formats.open(Source.of(new ByteArrayInputStream(log), "x"), "run")) {
            for (Parsed event = file.next(); event != null; event = file.next()) {
                positions.add(((Parsed.Sample) event).sample().offset());
            }
        }
        return positions;
    }

    private static int length(byte[] log, int chunk) {
        return ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN).getShort(chunk + 4) & 0xffff;
    }

    private static final byte[] HEADER = {':', 'W', '&', 'B', (byte) 0xe1, (byte) 0xbe, 0};

    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] item(String key, String json) {
        return message(out -> {
            out.writeString(1, key);
            out.writeString(16, json);
        });
    }

    /** A log of these records, which must fit its first block. */
    private static byte[] log(byte[]... records) {
        return concat(
                HEADER, concat(Arrays.stream(records).map(WandbFilesTest::frame).toArray(byte[][]::new)));
    }

    private static byte[] frame(byte[] data) {
        return chunk(1, data);
    }

    private static byte[] chunk(int type, byte[] data) {
        CRC32 crc = new CRC32();
        crc.update(type);
        crc.update(data);
        return ByteBuffer.allocate(7 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) crc.getValue())
                .putShort((short) data.length)
                .put((byte) type)
                .put(data)
                .array();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
