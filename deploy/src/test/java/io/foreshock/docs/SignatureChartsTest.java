package io.foreshock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.backtest.CorpusException;
import io.foreshock.backtest.LabelledEvent;
import io.foreshock.backtest.LabelledRun;
import io.foreshock.backtest.Labels;
import io.foreshock.detect.Signature;
import io.foreshock.detect.Signatures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each signature's page shows it on a recorded run. The charts are drawn anew, from the lab corpus and the runs that
 * {@code deploy/unseen/make.py DIR} makes, with {@code mvn -pl deploy -am test -Dtest=SignatureChartsTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dforeshock.charts=write -Dforeshock.unseen=DIR}.
 */
class SignatureChartsTest {
    private static final Path PAGES = Path.of("../docs/signatures");
    private static final List<Path> CORPORA = List.of(
            Path.of(System.getProperty("foreshock.corpus", "corpus"), "lab"),
            Path.of(System.getProperty("foreshock.unseen", "unseen"), "pre", "corpus"));
    private static final Pattern IMAGE =
            Pattern.compile("!\\[(?<slug>\\w+) on the run (?<run>[^\\]]+)\\]\\((?<file>charts/\\w+\\.png)\\)");

    static Stream<String> slugs() {
        return Signatures.all().stream().map(Signature::slug);
    }

    @ParameterizedTest
    @MethodSource("slugs")
    void pageShowsTheSignatureOnARecordedRun(String slug) throws Exception {
        Matcher image = IMAGE.matcher(Files.readString(PAGES.resolve(slug + ".md")));
        assertThat(image.find()).as("%s.md has the line %s", slug, IMAGE).isTrue();
        assertThat(image.group("slug")).isEqualTo(slug);
        Path file = PAGES.resolve(image.group("file"));
        if ("write".equals(System.getProperty("foreshock.charts"))) {
            Files.createDirectories(file.getParent());
            draw(slug, image.group("run"), file);
        }
        assertThat(file).isNotEmptyFile();
        assertThat(ImageIO.read(file.toFile())).as("a picture").isNotNull();
    }

    private static void draw(String slug, String name, Path file) throws Exception {
        LabelledRun run = runs().filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(slug + ".md shows " + name + ", which is not in " + CORPORA));
        String[] row = row(slug);
        RunChart chart = new RunChart(List.of(row[1].split(" ")), row[2].equals("log"));
        chart.play(run.file(), slug);
        for (LabelledEvent event : run.events()) {
            if (event.signature().equals(slug)) {
                chart.labelled(event);
            }
        }
        chart.write(file, name);
    }

    private static Stream<LabelledRun> runs() throws CorpusException {
        List<LabelledRun> runs = new ArrayList<>();
        for (Path corpus : CORPORA) {
            if (Files.exists(corpus.resolve(Labels.FILE))) {
                runs.addAll(Labels.read(corpus));
            }
        }
        return runs.stream();
    }

    private static String[] row(String slug) throws IOException {
        try (InputStream table = SignatureChartsTest.class.getResourceAsStream("charts.csv")) {
            return new String(Objects.requireNonNull(table).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(slug + ","))
                    .map(line -> line.split(", *"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("charts.csv has no line for " + slug));
        }
    }
}
