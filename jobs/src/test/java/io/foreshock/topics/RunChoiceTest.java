package io.foreshock.topics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RunChoiceTest {
    private static final String EVENT = "{\"run\":\"llama-7b-3\",\"step\":1}";

    @Test
    void recordIsOfTheRunOfItsKeyWhateverItsBodySays() {
        RunChoice choice = new RunChoice(List.of("llama-7b-3"));

        assertThat(choice.test(record("llama-7b-3", "nonsense"))).isTrue();
        assertThat(choice.test(record("other", EVENT))).isFalse();
        assertThat(choice.unmet()).isEmpty();
    }

    @Test
    void recordWithoutKeyIsOfTheRunOfItsBody() {
        RunChoice choice = new RunChoice(List.of("llama-7b-3"));

        assertThat(choice.test(record(null, EVENT))).isTrue();
        assertThat(choice.test(record("", "{\"run\":\"llama-7b-3\",\"step\":\"x\"}")))
                .isTrue();
        assertThat(choice.test(record(null, "nonsense"))).isFalse();
        assertThat(choice.test(record(null, null))).isFalse();
    }

    @Test
    void patternStandsForAllThatMatch() {
        RunChoice choice = new RunChoice(List.of("llama-*", "exact"));

        assertThat(choice.test(record("llama-7b-3", EVENT))).isTrue();
        assertThat(choice.test(record("llama-", EVENT))).isTrue();
        assertThat(choice.test(record("exact", EVENT))).isTrue();
        assertThat(choice.test(record("exactly", EVENT))).isFalse();
    }

    @Test
    void runThatNobodyHasIsAnsweredWithThoseNearAndThere() {
        RunChoice choice = new RunChoice(List.of("lama-7b-3", "llama-7b-3"));
        for (String run : List.of("llama-7b-3", "lama-7b-4", "a", "b", "c", "d", "e", "f", "g", "h")) {
            choice.test(record(run, EVENT));
        }

        assertThat(choice.unmet())
                .containsExactly("no event is of run lama-7b-3; did you mean lama-7b-4?"
                        + " There are events of a, b, c, d, e, f, g, h and 1 more");
    }

    @Test
    void runsOfWhichItIsAPartAreNamedFirst() {
        RunChoice choice = new RunChoice(List.of("7b"));
        List.of("a", "llama-7b-3").forEach(run -> choice.test(record(run, EVENT)));

        assertThat(choice.unmet()).containsExactly("no event is of run 7b; there are events of llama-7b-3, a");
    }

    @Test
    void namesThatWouldMoveTheCursorAreToldAsText() {
        RunChoice choice = new RunChoice(List.of("a"));
        choice.test(record("evil\u001b[2J", EVENT));

        assertThat(choice.unmet()).containsExactly("no event is of run a; there are events of evil\\u001b[2J");
    }

    @Test
    void emptyTopicIsSaidToBeEmpty() {
        assertThat(new RunChoice(List.of("a")).unmet())
                .containsExactly("no event is of run a; there are no events of other runs either");
    }

    private static ConsumerRecord<byte[], byte[]> record(@Nullable String key, @Nullable String value) {
        return new ConsumerRecord<>(
                "t", 0, 0, key == null ? null : key.getBytes(UTF_8), value == null ? null : value.getBytes(UTF_8));
    }
}
