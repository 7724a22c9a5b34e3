package io.foreshock.settings;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Signatures;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Whatever the text, it is read, or refused with lines; nothing else comes out, and not late. */
class HostileSettingsTest {
    private static final String GOOD = """
            defaults:
              loss_spike: {sigmas: 7, excess: 0.3, observe: true}
              all: {calm: 3}
            match:
              "llama-*":
                non_finite:
                  gradient_rows: 5
            run:
              a: {telemetry_stalled: {enabled: false}}
            rules:
              - name: slow
                metric: "tokens[1][2]"
                threshold: {below: 1e3, rows: 20}
                severity: critical
                summary: "Throughput fell"
                advice: [Look, Look again]
              - {name: r, metric: m, trend: {change: -0.1}}
            """;

    private static final String[] PIECES = {
        "&a ",
        "*a",
        "<<: ",
        "!!java.net.URL ",
        "- ",
        "? ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "\n",
        "\t",
        "  ",
        "|\n",
        ">\n",
        "---\n",
        "...\n",
        "%YAML 9.9\n",
        "\"",
        "'",
        "\\u",
        "\\x",
        "#",
        ".nan",
        ".inf",
        "-1",
        "1e999",
        "999999999999999999999",
        "0x10",
        "~",
        "null",
        "true",
        "\0",
        "\uFEFF",
        "\uD800",
        "\u2028",
        "@",
        "`",
        "loss_spike",
        "rules:",
        "name:"
    };

    @Property(tries = 500, seed = "11")
    void anyText(@ForAll String text) {
        read(text);
    }

    @Property(tries = 3_000, seed = "12")
    void aGoodTextGoneWrong(@ForAll long seed) {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(GOOD);
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(text.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(30)));
                default -> {
                    int from = random.nextInt(text.length() + 1);
                    text.insert(at, text.substring(from, Math.min(text.length(), from + random.nextInt(60))));
                }
            }
        }
        read(text.toString());
    }

    private static void read(String text) {
        try {
            Settings settings = SettingsReader.read("f.yaml", text, Signatures.all());
            settings.signatures("llama-1");
            assertThat(SettingsReader.read("again", settings.json(), Signatures.all())
                            .json())
                    .isEqualTo(settings.json());
        } catch (SettingsException e) {
            assertThat(e.problems()).isNotEmpty();
            assertThat(e.getMessage().lines()).allMatch(line -> line.matches("(f.yaml|again):[1-9][0-9]*: .+"));
            assertThat(e.getMessage()).startsWith("f.yaml:");
        }
    }
}
