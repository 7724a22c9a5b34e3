package io.foreshock.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.http.Endpoint;
import io.foreshock.http.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static final String TOKEN = "a-token-of-some-length";

    private final Access here = new Access(new Endpoint("127.0.0.1", 0), null);
    private final Access withToken = new Access(new Endpoint("0.0.0.0", 0), TOKEN);
    private final Access open = new Access(new Endpoint("0.0.0.0", 0), null);

    @Test
    void aChangeFromThisMachineNeedsTheHeaderAndNoToken() {
        assertThat(here.changes()).isEqualTo(Access.Changes.OPEN);
        assertThatCode(() -> here.change("1", null, "localhost:80", null)).doesNotThrowAnyException();
        assertThatCode(() -> here.change("1", "http://localhost:80", "localhost:80", null))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> here.change(null, null, "localhost:80", null)).hasMessageContaining("X-Foreshock: 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null", "http://localhost:81", "http://localhost", "not a url"})
    void aChangeFromAnotherSiteIsRefused(String origin) {
        assertThatThrownBy(() -> here.change("1", origin, "localhost:80", null))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("Origin");
    }

    @Test
    void aChangeNeedsTheTokenWhereThereIsOne() {
        assertThat(withToken.changes()).isEqualTo(Access.Changes.TOKEN);
        assertThatCode(() -> withToken.change("1", null, "h", "Bearer " + TOKEN))
                .doesNotThrowAnyException();
        assertThatCode(() -> withToken.change("1", null, "h", "bearer " + TOKEN))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> withToken.change("1", null, "h", null)).hasMessageEndingWith("none came");
        assertThatThrownBy(() -> withToken.change("1", null, "h", "Bearer " + TOKEN + "x"))
                .hasMessageEndingWith("another one came")
                .hasMessageNotContaining(TOKEN);
        assertThatThrownBy(() -> withToken.change("1", null, "h", TOKEN)).hasMessageEndingWith("another one came");
        assertThatThrownBy(() -> withToken.change(null, null, "h", "Bearer " + TOKEN))
                .hasMessageContaining("X-Foreshock");
    }

    @Test
    void withoutATokenNothingCanBeChangedFromElsewhere() {
        assertThat(open.changes()).isEqualTo(Access.Changes.OFF);
        assertThatThrownBy(() -> open.change("1", null, "h", "Bearer x")).hasMessageContaining("--token-file");
    }

    @Test
    void aTokenIsLongAndNeverPrinted() {
        assertThatThrownBy(() -> new PageSettings(new Endpoint("127.0.0.1", 0), "short"))
                .hasMessageContaining("at least 16")
                .hasMessageNotContaining("short");
        assertThatThrownBy(() -> new PageSettings(new Endpoint("127.0.0.1", 0), "with a space in the midst"))
                .hasMessageContaining("spaces");
        assertThatThrownBy(() -> new PageSettings(new Endpoint("127.0.0.1", 70_000), null))
                .hasMessage("port must be 0 to 65535, got 70000");
        assertThat(new PageSettings(new Endpoint("127.0.0.1", 0), TOKEN).toString())
                .doesNotContain(TOKEN);
    }
}
