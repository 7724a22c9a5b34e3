package io.foreshock.detect;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SentenceTest {
    @Test
    void isFormattedWhenItIsRead() {
        assertThat(Sentence.of("Loss is %.3g since step %,d%s", 2.5, 1_200, "; back"))
                .hasToString("Loss is 2.50 since step 1,200; back");
    }

    @Test
    void hasSentencesForParts() {
        Sentence where = Sentence.of(" of layer %d", 3);

        assertThat(Sentence.of("Gradient%s is 0%s", where, Sentence.NONE).and(Sentence.of("; %d more", 2)))
                .hasToString("Gradient of layer 3 is 0; 2 more");
    }

    @Test
    void wordsOfAFindingAreNoForm() {
        assertThat(new Finding(null, "x", Severity.INFO, 1, 2, 3, "1", null, "100 % of it").summary())
                .hasToString("100 % of it");
    }
}
