package io.foreshock.notify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Signatures as everybody's library checks them. */
class SecretTest {
    /** The vector that the libraries of the specification test themselves with. */
    private static final String TEXT = "whsec_plJ3nmyCDGBKInavdOK15jsl";

    private static final byte[] BODY =
            "{\"event_type\":\"ping\",\"data\":{\"success\":true}}".getBytes(StandardCharsets.UTF_8);

    @Test
    void signsAsTheSpecificationDoes() {
        assertThat(sign(TEXT)).isEqualTo("v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
        assertThat(sign("plJ3nmyCDGBKInavdOK15jsl")).isEqualTo(sign(TEXT));
    }

    private static String sign(String secret) {
        return Secret.of(secret).signature("msg_loFOjxBNrRLzqYUf", 1731705121, BODY);
    }

    @Test
    void aSecretThatIsNoneIsRefusedAndNotShown() {
        assertThatThrownBy(() -> Secret.of("hunter2!"))
                .hasMessageStartingWith("a webhook's secret must be base64 of 16 to 64 bytes, with whsec_ in front or"
                        + " without, got something else; make one with:")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> Secret.of("whsec_aHVudGVyMg==")).hasMessageContaining("got 7 bytes");
        assertThat(Secret.of(TEXT)).hasToString("Secret[given]");
    }
}
