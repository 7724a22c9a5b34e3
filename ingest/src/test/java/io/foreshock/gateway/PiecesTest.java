package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.http.Problem;
import io.foreshock.wire.Json;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PiecesTest {
    private static final String A = "{\"run\":\"a\",\"step\":1}";
    private static final String B = "{\"run\":\"b\",\"metrics\":{\"x]\\\"},{\":[[1],[2]]}}";

    private static List<String> cut(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        return Pieces.of(bytes).stream()
                .map(piece -> new String(bytes, piece.from(), piece.to() - piece.from(), UTF_8))
                .toList();
    }

    private static void assertRefused(String body, int status, String detail) {
        assertThatThrownBy(() -> cut(body))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(status))
                .hasMessage(detail);
    }

    @Test
    void aBodyIsAnObjectAnArrayOrAnObjectALine() {
        assertThat(cut(A)).containsExactly(A);
        assertThat(cut("[" + A + "," + B + "]")).containsExactly(A, B);
        assertThat(cut(A + "\n" + B)).containsExactly(A, B);
        assertThat(cut(A + "\n" + B + "\n")).containsExactly(A, B);
        assertThat(cut("[]")).isEmpty();
    }

    @Test
    void anObjectMayGoOverSeveralLines() {
        String pretty = "{\n  \"run\": \"a\",\n  \"metrics\": {\"loss\": [\n1, 2]}\n}\n";
        assertThat(cut(pretty)).containsExactly(pretty);
        assertThat(cut(" \r\n\t" + pretty)).containsExactly(pretty);
    }

    @Test
    void byteOrderMarkBlankLinesAndCarriageReturnsArePartOfNothing() {
        assertThat(cut("\uFEFF" + A)).containsExactly(A);
        assertThat(cut("\uFEFF[" + A + "]")).containsExactly(A);
        assertThat(cut("\uFEFF" + A + "\r\n\r\n \t\r\n" + B + "\r\n"))
                .extracting(String::strip)
                .containsExactly(A, B);
    }

    @Property(tries = 2_000, seed = "23")
    void inWhateverFormTheEventsComeBackAsTheyWere(@ForAll("events") List<String> events, @ForAll Random random) {
        String array = events.stream()
                .map(event -> space(random) + event + space(random))
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(cut(space(random) + array + space(random))).isEqualTo(events);

        String lines = events.stream()
                .map(event -> event + (random.nextBoolean() ? "\n" : "\r\n") + (random.nextInt(4) == 0 ? "\n" : ""))
                .collect(Collectors.joining());
        assertThat(cut(lines)).extracting(String::strip).isEqualTo(events);
    }

    /** Cut off, as a sender leaves a line whose process died. */
    @Property(tries = 2_000, seed = "29")
    void aLineThatIsCutOffSpoilsNoneBesideIt(@ForAll("events") List<String> events, @ForAll Random random) {
        int broken = random.nextInt(events.size());
        String stump = events.get(broken)
                .substring(0, 1 + random.nextInt(events.get(broken).length() - 1));
        List<String> sent = IntStream.range(0, events.size())
                .mapToObj(i -> i == broken ? stump : events.get(i))
                .toList();
        // Of a body that is a stump and nothing else there is nothing to spoil.
        assertThat(cut(String.join("\n", sent) + "\n" + A)).containsExactlyElementsOf(concat(sent, A));
    }

    private static List<String> concat(List<String> events, String last) {
        return IntStream.rangeClosed(0, events.size())
                .mapToObj(i -> i == events.size() ? last : events.get(i))
                .toList();
    }

    @Test
    void anItemOfAnArrayThatIsNoEventSpoilsNoneBesideIt() {
        assertThat(cut("[1," + A + ",\"x,]\",null,{]," + B + "]")).containsExactly("1", A, "\"x,]\"", "null", "{]", B);
        assertThat(cut("[,]")).containsExactly("", "");
        assertThat(cut("[" + A + ",]")).containsExactly(A, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n", "\r\n\t ", "\uFEFF", "\uFEFF \n"})
    void nothingIsNoBody(String body) {
        assertRefused(body, 400, "the body is empty; send an event, a JSON array of events, or an event a line");
    }

    @Test
    void whatIsWrongWithAnArrayIsSaidWithItsPlace() {
        assertRefused("[", 400, "the array is cut off in item 0");
        assertRefused("[ ", 400, "the array is cut off in item 0");
        assertRefused("[" + A + ",{\"run\":\"b", 400, "the array is cut off in item 1");
        assertRefused("[" + A + ",", 400, "the array is cut off in item 1");
        assertRefused("[" + A, 400, "the array has no comma or closing bracket behind item 0, at byte 21");
        assertRefused("[" + A + A + "]", 400, "the array has no comma or closing bracket behind item 0, at byte 21");
        assertRefused("[" + A + "]]", 400, "more text follows after the array's closing bracket, at byte 22");
        assertRefused("[\"\\", 400, "the array is cut off in item 0");
    }

    @Test
    void noMoreEventsThanABodyMayHave() {
        assertThat(cut(array(Pieces.MAX))).hasSize(10_000);
        assertRefused(array(Pieces.MAX + 1), 413, "a body must have at most 10000 events; send fewer at a time");
        assertThatThrownBy(() -> cut((A + "\n").repeat(Pieces.MAX + 1))).hasMessageContaining("10000");
        assertThat(cut((A + "\n\n").repeat(Pieces.MAX))).hasSize(10_000);
    }

    private static String array(int events) {
        return IntStream.range(0, events).mapToObj(i -> "1").collect(Collectors.joining(",", "[", "]"));
    }

    /** Whatever the bytes, they are cut or refused, in a time that grows with their number. */
    @Property(tries = 5_000, seed = "31")
    void anyBytesAreCutOrRefused(@ForAll Random random) {
        byte[] alphabet = "{}[]\",\\\n\r\t :ax1\u00e9\uFEFF".getBytes(UTF_8);
        byte[] body = new byte[random.nextInt(60)];
        for (int i = 0; i < body.length; i++) {
            body[i] = alphabet[random.nextInt(alphabet.length)];
        }
        try {
            int before = 0;
            for (Pieces.Piece piece : Pieces.of(body)) {
                assertThat(piece.from()).isBetween(before, piece.to());
                assertThat(piece.to()).isLessThanOrEqualTo(body.length);
                before = piece.to();
            }
        } catch (Problem e) {
            assertThat(e.status()).isEqualTo(400);
        }
    }

    private static String space(Random random) {
        return List.of("", "", " ", "\n", "\r\n", "\t").get(random.nextInt(6));
    }

    @Provide
    Arbitrary<List<String>> events() {
        Arbitrary<String> text = Arbitraries.strings()
                .withChars("{}[]\",:\\\n\r\tabc\u00e9\u2028")
                .ofMaxLength(12);
        return text.map(some -> new String(
                        Json.object(out -> {
                            out.writeStringField("run", "r" + some);
                            out.writeObjectFieldStart("metrics");
                            out.writeNumberField(some, some.length());
                            out.writeEndObject();
                        }),
                        UTF_8))
                .list()
                .ofMinSize(1)
                .ofMaxSize(8);
    }
}
