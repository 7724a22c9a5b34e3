package io.foreshock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a recording holds, a reader comes to its end, and all that was whole before the damage is there. */
@Timeout(120)
class HostileRecordingsTest {
    /** A file and the name by which it is told where its content does not tell. */
    static List<String> fixtures() {
        return List.of(
                "lightning_logs/version_0/metrics.csv",
                "trainer/llama-tiny/trainer_state.json",
                "dicts/verl.jsonl",
                "dicts/maxtext_metrics.jsonl",
                "printed/megatron.log",
                "printed/torchtitan.log",
                "printed/nanogpt.log",
                "printed/modded_nanogpt.log",
                "printed/llmc.log",
                "printed/log124M/main.log",
                "printed/nemo.log",
                "printed/maxtext.log");
    }

    private static final List<String> NAMES =
            List.of("", "run.jsonl", "metrics.csv", "trainer_state.json", "main.log", "run.jsonl.gz");

    private static final String SIGNS = "\",:{}[]\n\r\t|-+.e9 ";
    private static final String WORDS = "step,loss:{}[]\"1234567890 |/\n\r.-eE+iter";

    private final Random random = new Random(20261128);

    @ParameterizedTest
    @MethodSource("fixtures")
    void truncated(String fixture) throws IOException {
        byte[] whole = Files.readAllBytes(Rows.FIXTURES.resolve(fixture));
        Rows all = Rows.ofFixture(fixture);
        for (int i = 0; i < 60; i++) {
            int length = random.nextInt(whole.length);
            byte[] cut = Arrays.copyOf(whole, length);

            Rows rows = read(cut, "run");

            assertBegins(all, rows, fixture + " cut at " + length);
            assertThat(rows.samples().size()).isGreaterThanOrEqualTo(wholeBefore(all, lineBreaks(cut)));
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void compressedAndTruncated(String fixture) throws IOException {
        byte[] whole = gzip(Files.readAllBytes(Rows.FIXTURES.resolve(fixture)));
        Rows all = Rows.ofFixture(fixture);
        for (int i = 0; i < 50; i++) {
            Rows rows = read(Arrays.copyOf(whole, 2 + random.nextInt(whole.length - 2)), "run.jsonl.gz");

            assertBegins(all, rows, fixture);
            assertThat(rows.details()).isNotEmpty().last().asString().contains("the compressed file is cut off");
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void damaged(String fixture) throws IOException {
        byte[] whole = Files.readAllBytes(Rows.FIXTURES.resolve(fixture));
        for (int i = 0; i < 100; i++) {
            byte[] bytes = whole.clone();
            int hits = 1 + random.nextInt(30);
            for (int k = 0; k < hits; k++) {
                int at = random.nextInt(bytes.length);
                switch (random.nextInt(4)) {
                    case 0 -> bytes[at] = (byte) random.nextInt(256);
                    case 1 -> bytes[at] = (byte) SIGNS.charAt(random.nextInt(SIGNS.length()));
                    case 2 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                    default -> {
                        int to = random.nextInt(bytes.length);
                        int length = random.nextInt(Math.min(500, bytes.length - Math.max(at, to)));
                        System.arraycopy(whole, at, bytes, to, length);
                    }
                }
            }
            Rows rows = read(bytes, NAMES.get(random.nextInt(NAMES.size())));

            assertThat(rows.samples().size() + rows.refused().size()).isLessThanOrEqualTo(lineBreaks(bytes) + 2);
        }
    }

    @Test
    void noise() throws IOException {
        for (int i = 0; i < 600; i++) {
            byte[] bytes = new byte[random.nextInt(4_000)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                for (int k = 0; k < bytes.length; k++) {
                    bytes[k] = (byte) WORDS.charAt(Math.floorMod(bytes[k], WORDS.length()));
                }
            }
            read(bytes, NAMES.get(random.nextInt(NAMES.size())));
        }
    }

    /** Words that a careless pattern would try again from each of their letters. */
    @ParameterizedTest
    @MethodSource("fixtures")
    void longLinesOfAlmostTheRightKind(String fixture) throws IOException {
        String start = Files.readString(Rows.FIXTURES.resolve(fixture));
        for (String word : List.of("a", " ", "1", ",", "|", ":", "-", ".", "(", "\"", "[", "{\"a\":", "step: 1  loss: ", "| norm ", "loss ")) {
            String line = word.repeat(8_000 / word.length());
            StringBuilder text = new StringBuilder(start);
            for (int i = 0; i < 50; i++) {
                text.append("step: 10  loss: ").append(line).append('\n');
                text.append(" iteration 10/ 20 | ").append(line).append('\n');
                text.append(line).append(" step:10/20 loss:").append(line).append('\n');
            }
            read(text.toString().getBytes(UTF_8), "run");
        }
    }

    /** Forty times what a line may have: it is read in the memory of one. */
    @ParameterizedTest
    @MethodSource("fixtures")
    void aLineWithoutEnd(String fixture) throws IOException {
        byte[] start = Files.readAllBytes(Rows.FIXTURES.resolve(fixture));
        long length = 40L * 1024 * 1024;
        InputStream endless = new InputStream() {
            private long left = length;

            @Override
            public int read() {
                return left-- > 0 ? 'x' : -1;
            }

            @Override
            public int read(byte[] bytes, int offset, int count) {
                int read = (int) Math.min(count, left);
                if (read <= 0) {
                    return -1;
                }
                Arrays.fill(bytes, offset, offset + read, (byte) 'x');
                left -= read;
                return read;
            }
        };
        Rows all = Rows.ofFixture(fixture);
        InputStream in = new SequenceInputStream(new ByteArrayInputStream(start), endless);
        try (TelemetryFile file = Formats.open(Source.of(in, "run"), "run")) {
            Rows rows = Rows.of(file);

            assertThat(rows.rows()).isEqualTo(all.rows());
            assertThat(rows.refused()).allSatisfy(one -> assertThat(one.raw().length)
                    .isLessThanOrEqualTo(Rejected.RAW_LIMIT));
        }
    }

    private static void assertBegins(Rows all, Rows rows, String what) {
        int count = rows.samples().size();
        assertThat(count).as(what).isLessThanOrEqualTo(all.samples().size());
        assertThat(rows.rows()).as(what).isEqualTo(all.rows().subList(0, count));
    }

    /** What there is to read; nothing where the form can no longer be told. */
    private static Rows read(byte[] bytes, String name) throws IOException {
        TelemetryFile file;
        try {
            file = Formats.open(Source.of(new ByteArrayInputStream(bytes), name), "run");
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("none of the forms that are read");
            return new Rows("run", List.of(), List.of());
        }
        try (file) {
            Rows rows = Rows.of(file);
            Parsed afterTheEnd = file.next();
            assertThat(afterTheEnd).isNull();
            return rows;
        }
    }

    /** Rows that lie before this line: those whose next row begins no later. */
    private static int wholeBefore(Rows all, int lineBreaks) {
        int whole = 0;
        for (int i = 0; i + 1 < all.samples().size(); i++) {
            StepSample next = all.samples().get(i + 1);
            if (next.offset() <= lineBreaks) {
                whole = i + 1;
            }
        }
        return whole;
    }

    private static int lineBreaks(byte[] bytes) {
        int count = 0;
        for (byte one : bytes) {
            count += one == '\n' ? 1 : 0;
        }
        return count;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }
}
