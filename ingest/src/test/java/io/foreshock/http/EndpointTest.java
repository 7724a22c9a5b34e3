package io.foreshock.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    private final Endpoint here = new Endpoint("127.0.0.1", 0);
    private final Endpoint everywhere = new Endpoint("0.0.0.0", 0);

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1"})
    void onLoopbackItAnswersToItsOwnNames(String host) {
        assertThatCode(() -> here.requireNamed(host)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "127.0.0.1.evil.example",
                "localhost.evil.example",
                "",
                "[::2]"
            })
    void anotherNameThatPointsHereIsRefused(String host) {
        assertThatThrownBy(() -> here.requireNamed(host))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("Host");
        assertThatThrownBy(() -> here.requireNamed(null)).isInstanceOf(Problem.class);
        assertThatCode(() -> everywhere.requireNamed(host))
                .as("beyond loopback it has names we do not know")
                .doesNotThrowAnyException();
    }

    @Test
    void aTakenPortIsNamedBeforeAnythingIsStarted() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(new Endpoint("127.0.0.1", other.getLocalPort())::requireFree)
                    .hasMessageStartingWith("cannot listen on 127.0.0.1:" + other.getLocalPort() + ": ")
                    .hasMessageEndingWith("; port 0 takes a free one");
        }
        assertThatThrownBy(new Endpoint("no-such-host.invalid", 0)::requireFree)
                .hasMessageStartingWith("cannot listen on no-such-host.invalid:0");
    }

    @Test
    void itsAddressIsOneThatAProgramHereCanUse() {
        assertThat(here.url("http", 8088)).isEqualTo("http://127.0.0.1:8088");
        assertThat(everywhere.url("https", 8088)).isEqualTo("https://localhost:8088");
        assertThat(new Endpoint("::1", 0).url("http", 1)).isEqualTo("http://[::1]:1");
    }
}
