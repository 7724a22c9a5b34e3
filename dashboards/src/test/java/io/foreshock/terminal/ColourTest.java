package io.foreshock.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ColourTest {
    @Test
    void aTerminalHasColoursAndAPipeHasNone() {
        assertThat(Colour.of(Map.of(), true)).isEqualTo(Colour.ON);
        assertThat(Colour.of(Map.of(), false)).isEqualTo(Colour.OFF);
    }

    @Test
    void theEnvironmentDecidesAndNoIsStronger() {
        assertThat(Colour.of(Map.of("NO_COLOR", "1"), true)).isEqualTo(Colour.OFF);
        assertThat(Colour.of(Map.of("NO_COLOR", ""), true)).isEqualTo(Colour.ON);
        assertThat(Colour.of(Map.of("FORCE_COLOR", "1"), false)).isEqualTo(Colour.ON);
        assertThat(Colour.of(Map.of("FORCE_COLOR", "0"), false)).isEqualTo(Colour.OFF);
        assertThat(Colour.of(Map.of("FORCE_COLOR", "1", "NO_COLOR", "1"), true)).isEqualTo(Colour.OFF);
    }
}
