package io.foreshock.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Rejected.Reason;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonlFileTest {
    @TempDir
    Path folder;

    @Test
    void anEventALine() throws IOException {
        List<Parsed> events = read(file("llama-7b-3.jsonl", utf8("{\"step\":1}\n{\"run\":\"own\",\"step\":2}\n")));

        assertThat(events).hasSize(2);
        assertThat(sample(events.get(0)).run()).isEqualTo("llama-7b-3");
        assertThat(sample(events.get(0)).offset()).isEqualTo(1);
        assertThat(sample(events.get(0)).partition()).isEqualTo(-1);
        assertThat(sample(events.get(1)).run()).isEqualTo("own");
        assertThat(sample(events.get(1)).offset()).isEqualTo(2);
    }

    @Test
    void theRunCanBeGiven() throws IOException {
        try (JsonlFile file = new JsonlFile(Source.of(file("a.jsonl", utf8("{\"step\":1}"))), "b")) {
            assertThat(sample(file.next()).run()).isEqualTo("b");
        }
    }

    @Test
    void runsAreNamedAfterFiles() {
        assertThat(RunName.of(Path.of("public/algoperf/x.jsonl.gz"))).isEqualTo("x");
        assertThat(RunName.of(Path.of("lr_0.001_s0.jsonl.gz"))).isEqualTo("lr_0.001_s0");
        assertThat(RunName.of(Path.of("run.ndjson"))).isEqualTo("run");
        assertThat(RunName.of(Path.of("RUN.JSONL.GZ"))).isEqualTo("RUN");
        assertThat(RunName.of(Path.of("plain"))).isEqualTo("plain");
        assertThat(RunName.of(Path.of(".gz"))).isEqualTo(".gz");
    }

    @Test
    void emptyFilesAreEmpty() throws IOException {
        assertThat(read(file("a.jsonl", new byte[0]))).isEmpty();
        assertThat(read(file("b.jsonl.gz", gzip(new byte[0])))).isEmpty();
        assertThat(read(file("c.jsonl", utf8("\n\r\n  \n")))).isEmpty();
    }

    @Test
    void blankLinesCountAsLines() throws IOException {
        List<Parsed> events = read(file("a.jsonl", utf8("\n\r\n{\"step\":1}\r\n\n{\"step\":2}")));

        assertThat(sample(events.get(0)).offset()).isEqualTo(3);
        assertThat(sample(events.get(1)).offset()).isEqualTo(5);
        assertThat(events).hasSize(2);
    }

    @Test
    void aBadLineLeavesTheOthersAlone() throws IOException {
        List<Parsed> events = read(file("a.jsonl", utf8("{\"step\":1}\noops\n{\"step\":2}\n")));

        assertThat(events).hasSize(3);
        assertThat(refused(events.get(1)).offset()).isEqualTo(2);
        assertThat(refused(events.get(1)).run()).isEqualTo("a");
        assertThat(refused(events.get(1)).raw()).isEqualTo(utf8("oops"));
        assertThat(sample(events.get(2)).step()).isEqualTo(2);
    }

    @Test
    void gzipIsToldByItsBytes() throws IOException {
        assertThat(read(file("a.jsonl", gzip(utf8("{\"step\":1}\n"))))).hasSize(1);
        assertThat(read(file("b.jsonl.gz", utf8("{\"step\":1}\n")))).hasSize(1);
    }

    @Test
    void severalGzipMembersAreOneFile() throws IOException {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.write(gzip(utf8("{\"step\":1}\n")));
        both.write(gzip(utf8("{\"step\":2}\n")));

        assertThat(read(file("a.jsonl.gz", both.toByteArray()))).hasSize(2);
    }

    @Test
    void everyTruncationOfAGzipYieldsItsLinesAndThenSaysSo() throws IOException {
        byte[] whole = gzip(lines(2_000));
        for (int length = 2; length < whole.length; length += 97) {
            List<Parsed> events = read(file("a.jsonl.gz", Arrays.copyOf(whole, length)));

            Rejected tail = refused(events.get(events.size() - 1));
            assertThat(tail.reason()).isEqualTo(Reason.NOT_JSON);
            assertThat(tail.detail())
                    .startsWith("the compressed file is cut off ")
                    .endsWith("; all lines before were read");
            for (int i = 0; i < events.size() - 1; i++) {
                assertThat(sample(events.get(i)).step()).isEqualTo(i);
            }
            if (length > whole.length * 9 / 10) {
                assertThat(events).hasSizeGreaterThan(1_500);
            }
        }
    }

    @Test
    void damagedGzipSaysSo() throws IOException {
        byte[] damaged = gzip(lines(20_000));
        for (int i = damaged.length / 2; i < damaged.length / 2 + 50; i++) {
            damaged[i] ^= 0x5a;
        }
        List<Parsed> events = read(file("a.jsonl.gz", damaged));

        assertThat(events).hasSizeGreaterThan(100);
        assertThat(events).anySatisfy(event -> assertThat(event).isInstanceOf(Parsed.Refused.class));
    }

    @Test
    void aPlainFileCutInALineSaysSo() throws IOException {
        List<Parsed> events = read(file("a.jsonl", utf8("{\"step\":1}\n{\"step\":2,\"met")));

        assertThat(sample(events.get(0)).step()).isOne();
        assertThat(refused(events.get(1)).detail())
                .startsWith("the file ends in the middle of line 2, or that line is broken: ");
    }

    @Test
    void theLastLineNeedsNoLineBreak() throws IOException {
        assertThat(sample(read(file("a.jsonl", utf8("{\"step\":1}"))).get(0)).step())
                .isOne();
    }

    @Test
    void hugeLinesAreRefusedInBoundedMemory() throws IOException {
        long huge = 50L * Limits.MAX_EVENT_BYTES;
        InputStream in = new InputStream() {
            private long at;

            @Override
            public int read() {
                at++;
                if (at <= huge) {
                    return 'x';
                }
                byte[] rest = utf8("\n{\"step\":7}\n");
                int k = (int) (at - huge - 1);
                return k < rest.length ? rest[k] : -1;
            }
        };
        try (JsonlFile file = new JsonlFile(Source.of(in, "r"), "r")) {
            Rejected rejected = refused(file.next());
            assertThat(rejected.reason()).isEqualTo(Reason.TOO_LARGE);
            assertThat(rejected.detail())
                    .startsWith("line 1 has " + huge + " bytes, at most " + Limits.MAX_EVENT_BYTES + " are allowed");
            assertThat(rejected.raw()).hasSize(Rejected.RAW_LIMIT);
            assertThat(sample(file.next()).step()).isEqualTo(7);
            assertThat(file.next()).isNull();
        }
    }

    @Test
    void aHugeLastLineToo() throws IOException {
        byte[] huge = new byte[3 * Limits.MAX_EVENT_BYTES];
        Arrays.fill(huge, (byte) '[');
        List<Parsed> events = read(file("a.jsonl", huge));

        assertThat(events).hasSize(1);
        assertThat(refused(events.get(0)).detail()).startsWith("line 1 has " + huge.length + " bytes");
    }

    @Test
    void linesOfAnyLengthSurviveBufferEdges() throws IOException {
        Random random = new Random(5);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            text.append("{\"step\":").append(i).append(",\"pad\":\"");
            text.append("x".repeat(random.nextInt(i % 10 == 0 ? 300_000 : 3_000)))
                    .append("\"}\n");
        }
        List<Parsed> events = read(file("a.jsonl.gz", gzip(utf8(text.toString()))));

        assertThat(events).hasSize(300);
        for (int i = 0; i < 300; i++) {
            assertThat(sample(events.get(i)).step()).isEqualTo(i);
        }
    }

    @Test
    void progressEndsAtTheFilesSize() throws IOException {
        Path path = file("a.jsonl.gz", gzip(lines(5_000)));
        List<Long> progress = new ArrayList<>();
        List<Parsed> events = new ArrayList<>();
        try (JsonlFile file = JsonlFile.open(path)) {
            for (Parsed event = file.next(); event != null; event = file.next()) {
                events.add(event);
                progress.add(file.bytesRead());
            }
        }

        assertThat(events).hasSize(5_000);
        assertThat(progress).isSorted().hasSizeGreaterThan(3);
        assertThat(progress.get(progress.size() - 1)).isEqualTo(Files.size(path));
    }

    @Test
    void aMissingFileIsAnError() {
        assertThatThrownBy(() -> JsonlFile.open(folder.resolve("none.jsonl"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aFailingDiskIsAnErrorNotATail() throws IOException {
        InputStream failing = new InputStream() {
            private final InputStream start = new ByteArrayInputStream(utf8("{\"step\":1}\n{"));

            @Override
            public int read() throws IOException {
                int next = start.read();
                if (next < 0) {
                    throw new IOException("disk");
                }
                return next;
            }
        };
        try (JsonlFile file = new JsonlFile(Source.of(failing, "r"), "r")) {
            sample(file.next());
            assertThatThrownBy(file::next).isInstanceOf(IOException.class).hasMessage("disk");
        }
    }

    private static byte[] lines(int count) {
        StringBuilder text = new StringBuilder();
        Random random = new Random(9);
        for (int i = 0; i < count; i++) {
            text.append("{\"step\":")
                    .append(i)
                    .append(",\"metrics\":{\"loss\":")
                    .append(random.nextDouble());
            text.append("}}\n");
        }
        return utf8(text.toString());
    }

    private List<Parsed> read(Path path) throws IOException {
        List<Parsed> events = new ArrayList<>();
        try (JsonlFile file = JsonlFile.open(path)) {
            for (Parsed event = file.next(); event != null; event = file.next()) {
                events.add(event);
            }
        }
        return events;
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    private static StepSample sample(Parsed parsed) {
        assertThat(parsed).isInstanceOf(Parsed.Sample.class);
        return ((Parsed.Sample) parsed).sample();
    }

    private static Rejected refused(Parsed parsed) {
        assertThat(parsed).isInstanceOf(Parsed.Refused.class);
        return ((Parsed.Refused) parsed).rejected();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(UTF_8);
    }
}
