package io.foreshock.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.telemetry.StepSample;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventLineTest {
    private static final long RECORD_TIME = 1_763_870_000_123L;

    private final EventLine lines = new EventLine();
    private final EventReader reader = new EventReader();

    @Test
    void eventThatSaysEverythingStaysAsItIs() {
        String event =
                "{\"run\":\"a\",\"step\":7,\"ts\":1763870000000,\"metrics\":{\"lm loss\":NaN,\"x\":[1e400,null]}}";

        assertThat(line("a", event)).isEqualTo(event);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"step\":7}                        | {\"step\":7,\"run\":\"a\\\"\\\\b\",\"ts\":1763870000123}",
                "{\"run\":null,\"step\":7,\"ts\":5}  | {\"run\":null,\"step\":7,\"ts\":5,\"run\":\"a\\\"\\\\b\"}",
                "{\"run\":\"a\\\"\\\\b\",\"step\":7} | {\"run\":\"a\\\"\\\\b\",\"step\":7,\"ts\":1763870000123}",
                "{\"end\":\"failed\"}                | {\"end\":\"failed\",\"run\":\"a\\\"\\\\b\",\"ts\":1763870000123}",
            })
    void whatTheRecordAloneKnowsIsWrittenIntoTheEvent(String event, String expected) {
        assertThat(line("a\"\\b", event)).isEqualTo(expected);
    }

    @Test
    void lineBreaksBetweenPartsBecomeSpaces() {
        assertThat(line("a", "{\r\n \"run\": \"a\",\n \"step\": 7,\n \"ts\": 5\n}\n"))
                .isEqualTo("{   \"run\": \"a\",  \"step\": 7,  \"ts\": 5 } ");
    }

    @Test
    void rejectedEventsAreKeptAsTheyCameAndRejectedAgain() {
        assertThat(line("a", "{\"step\":\"seven\"}")).isEqualTo("{\"step\":\"seven\"}");
        assertThat(line("a", "not\njson")).isEqualTo("not json");
    }

    @Test
    void whatWouldBeAnotherRunsEventHasNoLine() {
        assertThat(line("a", "{\"run\":\"b\",\"step\":7}")).isNull();
        assertThat(line("a", null)).isNull();
        assertThat(line("a", " \n")).isNull();
    }

    @Property(tries = 2_000, seed = "23")
    void aLineGivesTheSampleThatTheRecordGave(@ForAll Random random) {
        StepSample sample = RoundTripTest.sample(random);
        String event = new String(new EventWriter().write(sample), UTF_8);
        if (random.nextBoolean()) {
            // The key alone names the run.
            event = "{ " + event.substring(event.indexOf(',') < 0 ? 1 : afterRun(event)) + "\r\n";
        }
        byte[] key = sample.run().getBytes(UTF_8);
        Parsed published = reader.read(key, event.getBytes(UTF_8), 0, 0, RECORD_TIME);

        byte[] line = lines.of(event.getBytes(UTF_8), published);

        assertThat(line).isNotNull().doesNotContain((byte) '\n', (byte) '\r');
        assertThat(reader.read(line, 0, line.length, "the file's name", 1)).isEqualTo(published);
    }

    /** Where the field behind the first one, {@code run}, begins; the run may hold anything. */
    private static int afterRun(String event) {
        int at = "{\"run\":\"".length();
        while (event.charAt(at) != '"') {
            at += event.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 2;
    }

    private @Nullable String line(String key, @Nullable String event) {
        byte[] value = event == null ? null : event.getBytes(UTF_8);
        byte[] line = lines.of(value, reader.read(key.getBytes(UTF_8), value, 0, 0, RECORD_TIME));
        return line == null ? null : new String(line, UTF_8);
    }
}
