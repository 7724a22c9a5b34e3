package io.foreshock.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.telemetry.Rejected;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever arrives, a reader answers with a sample or a refusal that explains itself, and stays the size it was. */
@Timeout(120)
class HostileInputTest {
    private static final int INPUTS = 200_000;

    private static final String EVENT =
            "{\"run\":\"llama-7b-3\",\"step\":1200,\"rank\":0,\"attempt\":1,\"ts\":1763870000123,"
                    + "\"metrics\":{\"loss\":2.31,\"grad_norm\":0.8,\"lr\":3e-4,\"attention_logit_max\":[[11.2,9.8],[14.1,80.3]],"
                    + "\"grad_rms/layer\":[1.1e-5,2.0e-6],\"ünïcode\":NaN,\"x\":null}}";

    private static final String[] VALUES = {
        "1e999999",
        "-1e999999",
        "1e-999999",
        "1e99999999999999999999",
        "9".repeat(400),
        "-" + "9".repeat(400),
        "9".repeat(5_000),
        "0." + "3".repeat(5_000),
        "1E+2147483648",
        "\"\"",
        "\"\\ud800\"",
        "\"\\u0000\"",
        "\"x\"",
        "true",
        "false",
        "null",
        "{}",
        "[]",
        "[[]]",
        "[[[]]]",
        "{\"run\":{\"run\":1}}",
        "[1,[2]]",
        "[null,[null]]",
        "NaN",
        "-Infinity",
        "+1",
        "-",
        ".5",
        "5.",
        "0x10",
        "\u0000",
        "[".repeat(200),
        "[".repeat(70) + "]".repeat(70),
        "{\"a\":".repeat(100) + "1" + "}".repeat(100),
    };

    private static final String[] FIELDS = {"run", "step", "rank", "attempt", "ts", "end", "metrics", "other"};

    private final Random random = new Random(20240229);
    private final EventReader reader = new EventReader();
    private final Map<Rejected.Reason, Integer> reasons = new EnumMap<>(Rejected.Reason.class);
    private int samples;

    @Test
    void twoHundredThousandBadInputs() {
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = switch (random.nextInt(10)) {
                case 0 -> randomBytes();
                case 1 -> truncated();
                case 2, 3 -> flipped();
                case 4 -> spliced();
                case 5 -> wrongField();
                case 6 -> wrongMetric();
                case 7 -> repeatedKeys();
                case 8 -> strangeText();
                default -> otherEncoding();
            };
            read(input, i);
        }
        assertThat(samples).as("mutations that leave an event legal").isPositive();
        assertThat(reasons.keySet())
                .contains(
                        Rejected.Reason.NOT_JSON,
                        Rejected.Reason.NO_RUN,
                        Rejected.Reason.BAD_STEP,
                        Rejected.Reason.BAD_FIELD,
                        Rejected.Reason.BAD_METRIC,
                        Rejected.Reason.TOO_DEEP,
                        Rejected.Reason.KEY_MISMATCH);
    }

    @Test
    void aMillionNamesInOneEvent() {
        StringBuilder event = new StringBuilder("{\"run\":\"r\",\"step\":1,\"metrics\":{");
        for (int i = 0; i < 1_000_000; i++) {
            event.append('"').append(i).append("\":1,");
        }
        event.append("\"z\":1}}");
        answer(reader.read(null, event.toString().getBytes(UTF_8), 0, 0, 0));
        assertThat(reasons).containsOnlyKeys(Rejected.Reason.TOO_LARGE);

        String fits = event.substring(0, Limits.MAX_EVENT_BYTES - 100);
        answer(reader.read(null, (fits.substring(0, fits.lastIndexOf(',')) + "}}").getBytes(UTF_8), 0, 1, 0));
        assertThat(reasons).containsKey(Rejected.Reason.TOO_MANY_SERIES);
    }

    @Test
    void namesInAFieldNobodyKnows() {
        StringBuilder event = new StringBuilder("{\"run\":\"r\",\"step\":1,\"other\":{");
        for (int i = 0; event.length() < Limits.MAX_EVENT_BYTES - 100; i++) {
            event.append('"').append(Integer.toString(i, 36)).append("\":1,");
        }
        event.append("\"z\":1}}");
        for (int i = 0; i < 5; i++) {
            answer(reader.read(null, event.toString().getBytes(UTF_8), 0, i, 0));
        }
        assertThat(samples).isEqualTo(5);
        assertThat(NameTable.size(reader)).isLessThanOrEqualTo(6_000);
    }

    @Test
    void aMillionNamesAcrossEvents() {
        for (int event = 0; event < 1_000; event++) {
            StringBuilder text = new StringBuilder("{\"run\":\"run-" + event + "\",\"step\":1,\"metrics\":{\"loss\":1");
            for (int i = 0; i < 1_000; i++) {
                text.append(",\"m").append(event * 1_000 + i).append("\":1");
            }
            answer(reader.read(null, text.append("}}").toString().getBytes(UTF_8), 0, event, 0));
        }
        assertThat(samples).isEqualTo(1_000);
        // Jackson's table of names is dropped beyond 6,000; ours of aliases and of runs have fixed sizes.
        assertThat(NameTable.size(reader)).isLessThanOrEqualTo(6_000);
    }

    private void read(byte[] input, int i) {
        byte[] key = i % 3 == 0 ? "llama-7b-3".getBytes(UTF_8) : i % 3 == 1 ? null : randomKey();
        Parsed parsed = i % 2 == 0
                ? reader.read(key, input, 0, i, 0)
                : reader.read(input, 0, input.length, i % 4 == 1 ? "file" : null, i);
        answer(parsed);
    }

    private void answer(Parsed parsed) {
        if (parsed instanceof Parsed.Refused refused) {
            Rejected rejected = refused.rejected();
            String detail = rejected.detail();
            // Plain conditions: an assertion object for each of 200,000 inputs takes longer than reading them.
            if (detail.isBlank()
                    || detail.length() > 600
                    || detail.chars().anyMatch(Character::isISOControl)
                    || rejected.raw().length > Rejected.RAW_LIMIT) {
                throw new AssertionError("refusal does not explain itself: " + rejected);
            }
            reasons.merge(rejected.reason(), 1, Integer::sum);
        } else {
            samples++;
        }
    }

    private byte[] randomKey() {
        byte[] key = new byte[random.nextInt(4)];
        random.nextBytes(key);
        return key;
    }

    private byte[] randomBytes() {
        byte[] bytes = new byte[random.nextInt(80)];
        random.nextBytes(bytes);
        if (bytes.length > 0 && random.nextBoolean()) {
            bytes[0] = '{';
        }
        return bytes;
    }

    private byte[] truncated() {
        byte[] event = EVENT.getBytes(UTF_8);
        return Arrays.copyOf(event, random.nextInt(event.length));
    }

    private byte[] flipped() {
        byte[] event = EVENT.getBytes(UTF_8);
        for (int i = random.nextInt(3); i >= 0; i--) {
            int at = random.nextInt(event.length);
            event[at] = random.nextBoolean()
                    ? (byte) random.nextInt(256)
                    : (byte) "{}[]\",:0-eN\\".charAt(random.nextInt(12));
        }
        return event;
    }

    private byte[] spliced() {
        int a = random.nextInt(EVENT.length());
        int b = random.nextInt(EVENT.length());
        return (EVENT.substring(0, a) + value() + EVENT.substring(b)).getBytes(UTF_8);
    }

    private byte[] wrongField() {
        return ("{\"run\":\"r\",\"step\":1,\"" + FIELDS[random.nextInt(FIELDS.length)] + "\":" + value() + "}")
                .getBytes(UTF_8);
    }

    private byte[] wrongMetric() {
        return ("{\"run\":\"r\",\"step\":1,\"metrics\":{\"loss\":[1," + value() + "],\"x\":" + value() + "}}")
                .getBytes(UTF_8);
    }

    private byte[] repeatedKeys() {
        StringBuilder event = new StringBuilder("{");
        for (int i = random.nextInt(10); i >= 0; i--) {
            event.append('"').append(FIELDS[random.nextInt(FIELDS.length)]).append("\":");
            event.append(random.nextBoolean() ? "1" : value()).append(',');
        }
        return event.append("\"run\":\"r\"}").toString().getBytes(UTF_8);
    }

    private byte[] strangeText() {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(300); i >= 0; i--) {
            name.append(
                    switch (random.nextInt(8)) {
                        case 0 -> "\\ud83d";
                        case 1 -> "\\u0000";
                        case 2 -> "\uFEFF";
                        case 3 -> "\\ude80";
                        case 4 -> "\\\"";
                        default -> "a";
                    });
        }
        return ("\uFEFF{\"run\":\"" + (random.nextBoolean() ? name : "r") + "\",\"step\":1,\"metrics\":{\"" + name
                        + "\":\"" + name + "\"}}")
                .getBytes(UTF_8);
    }

    private byte[] otherEncoding() {
        return switch (random.nextInt(3)) {
            case 0 -> EVENT.getBytes(StandardCharsets.UTF_16LE);
            case 1 -> EVENT.getBytes(StandardCharsets.UTF_16);
            default -> EVENT.getBytes(StandardCharsets.ISO_8859_1);
        };
    }

    private String value() {
        return VALUES[random.nextInt(VALUES.length)];
    }
}
