package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.http.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyTest {
    private static final long MIB = 1024 * 1024;
    private static final byte[] EVENT = "{\"run\":\"a\",\"step\":1}\n".getBytes(UTF_8);

    private final Budget budget = new Budget(64 * MIB);
    private final Budget.Share share = budget.share();

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static void assertProblem(Throwable thrown, int status, String detail) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(status))
                .hasMessageContaining(detail);
    }

    @Test
    void gzipIsUnpackedAllMembersOfIt() throws IOException {
        byte[] other = "{\"run\":\"b\",\"step\":2}\n".getBytes(UTF_8);
        assertThat(Body.unpack(gzip(EVENT), share)).isEqualTo(EVENT);
        assertThat(Body.unpack(concat(gzip(EVENT), gzip(other)), share)).isEqualTo(concat(EVENT, other));
        assertThat(Body.unpack(gzip(new byte[0]), share)).isEmpty();
        assertThat(budget.used()).isEqualTo(2L * EVENT.length + other.length);
    }

    @Test
    void whatIsCutOffOrNoGzipIsSaid() throws IOException {
        byte[] packed = gzip(EVENT);
        for (int length = 0; length < packed.length; length++) {
            byte[] part = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> Body.unpack(part, share))
                    .as("%d bytes", length)
                    .satisfies(thrown ->
                            assertProblem(thrown, 400, "Content-Encoding says gzip, and the body is cut off"));
        }
        assertThatThrownBy(() -> Body.unpack(EVENT, share))
                .satisfies(thrown -> assertProblem(
                        thrown, 400, "Content-Encoding says gzip, and the body is no gzip: Not in GZIP format"));
        byte[] damaged = packed.clone();
        damaged[packed.length - 5] ^= 1;
        assertThatThrownBy(() -> Body.unpack(damaged, share))
                .satisfies(thrown -> assertProblem(thrown, 400, "the body is no gzip: Corrupt GZIP trailer"));
    }

    @Test
    void aBombEndsAtTheLimitAndTakesNoMemory() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            byte[] zeros = new byte[1 << 20];
            for (int mib = 0; mib < 100; mib++) {
                out.write(zeros);
            }
        }
        assertThat(packed.size()).isLessThan(2 * 1024 * 1024);

        assertThatThrownBy(() -> Body.unpack(packed.toByteArray(), share))
                .satisfies(thrown -> assertProblem(thrown, 413, "at most 32 MiB unpacked"));

        assertThat(budget.used()).isZero();
    }

    @Test
    void exactlyTheLimitIsTaken() throws IOException {
        byte[] most = new byte[Body.MAX_UNPACKED];
        assertThat(Body.unpack(gzip(most), share)).hasSize(Body.MAX_UNPACKED);
        byte[] more = gzip(new byte[Body.MAX_UNPACKED + 1]);
        assertThatThrownBy(() -> Body.unpack(more, new Budget(64 * MIB).share()))
                .satisfies(thrown -> assertProblem(thrown, 413, "32 MiB"));
    }

    @Test
    void withoutRoomTheSenderIsToldToComeAgain() throws IOException {
        budget.share().take(64 * MIB - EVENT.length + 1);
        byte[] packed = gzip(EVENT);

        assertThatThrownBy(() -> Body.unpack(packed, share))
                .satisfies(thrown -> assertProblem(thrown, 429, "send the same again a little later"))
                .satisfies(thrown -> assertThat(((Problem) thrown).retryAfter()).hasValue(1));
        assertThat(budget.used()).as("what was refused is not held").isEqualTo(64 * MIB - EVENT.length + 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "GZIP", " x-gzip "})
    void gzipHasTheseNames(String encoding) {
        assertThat(Body.isPacked(encoding)).isTrue();
    }

    @Test
    void otherEncodingsAreNamed() {
        assertThat(Body.isPacked(null)).isFalse();
        assertThat(Body.isPacked("")).isFalse();
        assertThat(Body.isPacked("identity")).isFalse();
        assertThatThrownBy(() -> Body.isPacked("gzip, gzip"))
                .satisfies(thrown ->
                        assertProblem(thrown, 415, "Content-Encoding must be gzip or absent, got \"gzip, gzip\""));
        assertThatThrownBy(() -> Body.isPacked("zstd")).satisfies(thrown -> assertProblem(thrown, 415, "\"zstd\""));
    }
}
