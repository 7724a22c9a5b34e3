package io.foreshock.format.tensorboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedOutputStream;
import io.foreshock.format.Format.FolderRecording;
import io.foreshock.format.Formats;
import io.foreshock.format.Mutation;
import io.foreshock.format.Sequence;
import io.foreshock.format.Source;
import io.foreshock.format.Transcript;
import io.foreshock.wire.Limits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files were written by tensorboardX and tensorboard, see {@code make.py} beside them. */
class EventFilesTest {
    private static final String EVENTS = "/events.out.tfevents.1763870000.host";

    @Test
    void aRunOfHuggingFace() throws IOException {
        String layers = " grad_norm/layer.0=0.25 grad_norm/layer.1=0.5 grad_norm/layer.2=0.75";
        assertThat(rows("hugging_face" + EVENTS))
                .containsExactly(
                        "run 0 @1763870000125 loss=3.0 grad_norm=0.5 lr=9.765625E-4" + layers,
                        "run 1 @1763870001125 loss=2.5 grad_norm=1.0 lr=9.765625E-4" + layers,
                        "run 2 @1763870002125 loss=2.25 grad_norm=1.5 lr=9.765625E-4" + layers,
                        "run 3 @1763870003125 loss=NaN grad_norm=2.0 lr=9.765625E-4" + layers,
                        "run 4 @1763870004125 loss=Infinity grad_norm=2.5 lr=9.765625E-4" + layers + " eval_loss=2.75");
    }

    @Test
    void tensorsOfOneFloatingPointNumberAreScalarsAndHyperParametersAreNot() throws IOException {
        assertThat(rows("tensorflow_2" + EVENTS + ".1.v2"))
                .containsExactly(
                        "run 1 @1763870001125 epoch_loss=2.5",
                        "run 2 @1763870002125 float=1.5 double=1.0E-300 half=0.3330078125",
                        "run 3 @1763870003125 half=Infinity double=NaN",
                        "run 4 @1763870004125 half=-5.9604644775390625E-8",
                        "run 5 @1763870005125 bytes=0.75",
                        "run 6 @1763870006125 bytes=0.1 plain=4.0");
    }

    @Test
    void whatMegatronLogsOverSamplesIsLeftOutForItsStepsAreNone() throws IOException {
        assertThat(rows("megatron" + EVENTS))
                .containsExactly(
                        "run 1 @1763870001125 samples vs steps=512.0 lr=0.125 loss=10.0 grad_norm=1.5",
                        "run 2 @1763870002125 samples vs steps=1024.0 lr=0.125 loss=9.0 grad_norm=1.5",
                        "run 3 @1763870003125 samples vs steps=1536.0 lr=0.125 loss=8.0 grad_norm=1.5");
    }

    @Test
    void theFilesOfAFolderAreOneRunInTheOrderInWhichTheyWereOpened() throws IOException {
        FolderRecording folder = new EventFiles().claim(Transcript.path(EventFilesTest.class, "resumed"));

        assertThat(folder).isNotNull();
        List<String> rows = Transcript.of(new Sequence(folder.files(), "resumed"));
        assertThat(rows).hasSize(14);
        assertThat(rows.subList(4, 8))
                .containsExactly(
                        "resumed 4 @1763870004125 loss=3.0 lr=0.5",
                        "resumed 5 @1763870005125 loss=2.75 lr=0.5",
                        "resumed 3 @1763870103125 loss=2.25 lr=0.5",
                        "resumed 4 @1763870104125 loss=2.0 lr=0.5");
        assertThat(rows.get(13)).isEqualTo("resumed 8 @1763870208125 loss=0.0 lr=0.5");
    }

    @Test
    void openedByNumberNotByText(@TempDir Path folder) throws IOException {
        for (String name : List.of(
                "events.out.tfevents.1000.b",
                "events.out.tfevents.999.c",
                "events.out.tfevents",
                "events.out.tfevents.998.c.profile-empty")) {
            Files.createFile(folder.resolve(name));
        }

        FolderRecording claimed = new EventFiles().claim(folder);

        assertThat(claimed).isNotNull();
        assertThat(claimed.files())
                .extracting(file -> file.getFileName().toString())
                .containsExactly("events.out.tfevents.999.c", "events.out.tfevents.1000.b", "events.out.tfevents");
        assertThat(new EventFiles().claim(Transcript.path(EventFilesTest.class, ".")))
                .isNull();
    }

    @Test
    void toldByItsFirstRecordOrByItsName() throws IOException {
        byte[] events = bytes("megatron" + EVENTS);

        assertThat(Transcript.of(events, "-")).hasSize(3);
        assertThat(Transcript.of(new byte[0], "events.out.tfevents.1.host")).isEmpty();
        byte[] trainingData = frame("features of one example".getBytes(UTF_8));
        assertThat(Formats.of(Source.of(new ByteArrayInputStream(trainingData), "train-00001.tfrecord")))
                .isNull();
    }

    @Test
    void aFlippedBitCostsOneRecordAndIsToldWithItsPlace() throws IOException {
        byte[] events = bytes("resumed" + EVENTS);
        List<String> whole = Transcript.of(events, "x");
        int third = starts(events).get(3);
        int size = starts(events).get(4) - third;

        events[third + 20] ^= 4;
        List<String> data = Transcript.of(events, "x");
        events[third + 20] ^= 4;
        events[third + 1] ^= 1;
        List<String> length = Transcript.of(events, "x");

        assertThat(data)
                .contains("! the record at byte " + third + " is damaged: the checksum of its " + (size - 16)
                        + " bytes is wrong; it is skipped");
        assertThat(length)
                .contains("! the record at byte " + third
                        + " is damaged: the checksum of its length is wrong; the next record begins at byte "
                        + (third + size));
        for (List<String> rows : List.of(data, length)) {
            assertThat(rows).hasSize(7).contains("run 1 @1763870001125 lr=0.5").containsAll(whole.subList(2, 6));
        }
    }

    @Test
    void nothingAfterADamagedLengthIsARecord() throws IOException {
        byte[] events = bytes("resumed" + EVENTS);
        List<Integer> starts = starts(events);
        int last = starts.get(starts.size() - 1);

        events[last] ^= 1;

        assertThat(Transcript.of(events, "x"))
                .hasSize(7)
                .contains(
                        "run 5 @1763870005125 loss=2.75",
                        "! the record at byte " + last
                                + " is damaged: the checksum of its length is wrong, and no other"
                                + " record begins in the " + (events.length - last)
                                + " bytes up to the end of the file");
    }

    @Test
    void cutOffAnywhereItGivesAllThatIsComplete() throws IOException {
        byte[] events = bytes("resumed" + EVENTS);
        List<Integer> starts = starts(events);
        List<String> whole = scalars(Transcript.of(events, "x.tfevents"));
        assertThat(whole).hasSize(12);

        for (int cut = 0; cut <= events.length; cut++) {
            int records = complete(starts, events.length, cut);
            // The first one holds the version.
            assertThat(scalars(Transcript.of(Arrays.copyOf(events, cut), "x.tfevents")))
                    .as("cut at byte %d", cut)
                    .isEqualTo(whole.subList(0, Math.max(0, records - 1)));
        }
    }

    @Test
    void aCompressedFileThatIsCutOffIsSaidToBe() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes("megatron" + EVENTS));
        }
        byte[] gzipped = out.toByteArray();

        assertThat(Transcript.of(gzipped, "x.tfevents.gz")).hasSize(3).noneMatch(row -> row.startsWith("!"));
        List<String> rows = Transcript.of(Arrays.copyOf(gzipped, gzipped.length - 9), "x.tfevents.gz");
        assertThat(rows.get(rows.size() - 1))
                .startsWith("! the compressed file is cut off after byte ")
                .endsWith("all records before were read");
    }

    @Test
    void aNameThatComesAgainBeginsAnotherRow() {
        byte[] events = concat(event(1, "a", 1), event(1, "b", 2), event(1, "a", 3), event(2, "a", 4));

        assertThat(Transcript.of(events, "x.tfevents"))
                .containsExactly("run 1 @1000 a=1.0 b=2.0", "run 1 @1000 a=3.0", "run 2 @2000 a=4.0");
    }

    @Test
    void aStepOfVeryManyNamesBecomesSeveralRows() {
        byte[][] events = new byte[2 * Limits.MAX_METRICS + 1][];
        for (int i = 0; i < events.length; i++) {
            events[i] = event(7, "m" + i, i);
        }

        List<String> rows = Transcript.of(concat(events), "x.tfevents");

        assertThat(rows).hasSize(3);
        assertThat(scalars(rows)).hasSize(2 * Limits.MAX_METRICS + 1);
        assertThat(rows.get(2)).isEqualTo("run 7 @7000 m4000=4000.0");
    }

    @Test
    void aBadNameOrStepCostsNoOther() {
        byte[] events = concat(event(1, "a", 1), event(1, "b\n", 2), event(1, "c", 3), event(-5, "a", 4));

        assertThat(Transcript.of(events, "x.tfevents"))
                .containsExactly(
                        "! a metric's name must be printable, got \"b\\u000a\" with a control character or lone surrogate"
                                + " in the record at byte 39",
                        "run 1 @1000 a=1.0 c=3.0",
                        "! step must be an integer >= 0, got -5");
    }

    @Test
    void aTimeThatIsNoneIsLeftOut() {
        assertThat(Transcript.of(event(Long.MAX_VALUE, "a", 1), "x.tfevents"))
                .containsExactly("run 9223372036854775807 @-1 a=1.0");
    }

    @Test
    void aRecordThatIsNoEventIsRefusedAndOneTooLargeIsPassedOver() {
        byte[] large = frame(new byte[EventRecords.MAX_BYTES + 1]);
        byte[] events = concat(event(1, "a", 1), frame(new byte[] {0x2a, 0x7f}), large, event(2, "a", 2));

        assertThat(Transcript.of(events, "x.tfevents"))
                .containsExactly(
                        "! the record at byte 39 is no TensorBoard event: While parsing a protocol message, the input ended"
                                + " unexpectedly in the middle of a field.  This could mean either that the input has been"
                                + " truncated or that an embedded message misreported its own lengt… (202 characters)",
                        "! the record at byte 57 has 16777217 bytes, at most 16777216 are read; it is skipped",
                        "run 1 @1000 a=1.0",
                        "run 2 @2000 a=2.0");
    }

    @Test
    void aLengthThatIsAbsurdEndsTheFile() {
        byte[] header = header(-1);

        assertThat(Transcript.of(concat(event(1, "a", 1), header, new byte[50]), "x.tfevents"))
                .containsExactly(
                        "! the record at byte 39 has 18446744073709551615 bytes, at most 16777216 are read; it is skipped",
                        "run 1 @1000 a=1.0");
    }

    @Test
    void numbersOfSixteenBits() {
        assertThat(Tensor.half((short) 0x3c00)).isEqualTo(1);
        assertThat(Tensor.half((short) 0xc000)).isEqualTo(-2);
        assertThat(Tensor.half((short) 0x7bff)).isEqualTo(65504);
        assertThat(Tensor.half((short) 0x0400)).isEqualTo(Math.pow(2, -14));
        assertThat(Tensor.half((short) 0x0001)).isEqualTo(Math.pow(2, -24));
        assertThat(Tensor.half((short) 0xfc00)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Tensor.half((short) 0x7e00)).isNaN();
    }

    /** Bytes anywhere may be wrong, gone or doubled; each row costs bytes of the file, so there is an end of them. */
    @Property(tries = 2_000, seed = "20240229")
    void whateverIsInItsBytesItIsRead(@ForAll Random random) throws IOException {
        byte[] events = bytes(random.nextBoolean() ? "hugging_face" + EVENTS : "tensorflow_2" + EVENTS + ".1.v2");

        byte[] mutated = Mutation.of(events, random);

        assertThat(Transcript.of(mutated, "x.tfevents")).hasSizeLessThanOrEqualTo(mutated.length / 17 + 1);
    }

    /** Beyond the checksums: a writer that is itself wrong. */
    @Property(tries = 2_000, seed = "20240229")
    void whateverIsInItsRecordsItIsRead(@ForAll Random random) throws IOException {
        byte[] events = bytes(random.nextBoolean() ? "hugging_face" + EVENTS : "tensorflow_2" + EVENTS + ".1.v2");
        List<byte[]> framed = new ArrayList<>();
        List<Integer> starts = starts(events);
        for (int start : starts) {
            int length = ByteBuffer.wrap(events).order(ByteOrder.LITTLE_ENDIAN).getInt(start);
            byte[] data = Arrays.copyOfRange(events, start + 12, start + 12 + length);
            framed.add(frame(random.nextInt(3) == 0 ? Mutation.of(data, random) : data));
        }
        byte[] mutated = concat(framed.toArray(byte[][]::new));

        assertThat(Transcript.of(mutated, "x.tfevents")).hasSizeLessThanOrEqualTo(mutated.length / 4);
    }

    private static List<String> rows(String resource) throws IOException {
        return Transcript.of(EventFilesTest.class, resource);
    }

    private static byte[] bytes(String resource) throws IOException {
        return Files.readAllBytes(Transcript.path(EventFilesTest.class, resource));
    }

    /** Where the records begin, by their lengths. */
    private static List<Integer> starts(byte[] events) {
        List<Integer> starts = new ArrayList<>();
        ByteBuffer file = ByteBuffer.wrap(events).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < events.length; at += 12 + file.getInt(at) + 4) {
            starts.add(at);
        }
        return starts;
    }

    /** How many records end before the cut. */
    private static int complete(List<Integer> starts, int length, int cut) {
        int complete = 0;
        for (int i = 0; i < starts.size(); i++) {
            int end = i + 1 < starts.size() ? starts.get(i + 1) : length;
            complete += end <= cut ? 1 : 0;
        }
        return complete;
    }

    /** {@code run 1 @1000 a=1.0} for each number, whatever row it is in. */
    private static List<String> scalars(List<String> rows) {
        List<String> scalars = new ArrayList<>();
        for (String row : rows) {
            String[] words = row.split(" ");
            for (int i = 3; i < words.length; i++) {
                scalars.add(words[0] + " " + words[1] + " " + words[2] + " " + words[i]);
            }
        }
        return scalars;
    }

    /** A record as PyTorch writes it, at {@code step} seconds. */
    private static byte[] event(long step, String tag, float value) {
        byte[] scalar = message(out -> {
            out.writeString(1, tag);
            out.writeFloat(2, value);
        });
        byte[] summary = message(out -> out.writeByteArray(1, scalar));
        return frame(message(out -> {
            out.writeDouble(1, (double) step);
            out.writeInt64(2, step);
            out.writeByteArray(5, summary);
        }));
    }

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

    private static byte[] frame(byte[] data) {
        ByteBuffer footer =
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(masked(data));
        return concat(header(data.length), data, footer.array());
    }

    private static byte[] header(long length) {
        byte[] bytes = ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
        return ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(bytes)
                .putInt(masked(bytes))
                .array();
    }

    private static int masked(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        long sum = crc.getValue();
        return (int) ((sum >>> 15 | sum << 17) + 0xa282ead8L);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
