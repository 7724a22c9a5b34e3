package io.foreshock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.exporter.Figure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The page lists every metric. Its tables are written anew with {@code mvn -pl deploy -am test -Dtest=ExporterPageTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dforeshock.tables=write}.
 */
class ExporterPageTest {
    private static final Path PAGE = Path.of("../docs/exporter.md");

    @ParameterizedTest
    @EnumSource(Figure.Of.class)
    void tableIsThatOfTheCode(Figure.Of about) throws Exception {
        String table = "\n\n" + Figure.table(about) + "\n";
        String page = Files.readString(PAGE);
        String begin = "<!-- table of the " + (about == Figure.Of.RUN ? "runs" : "way") + " -->";
        Matcher between = Pattern.compile("(?<=" + begin + ")(.*?)(?=<!-- end -->)", Pattern.DOTALL)
                .matcher(page);
        assertThat(between.find()).as("%s has %s and <!-- end -->", PAGE, begin).isTrue();
        if ("write".equals(System.getProperty("foreshock.tables"))) {
            Files.writeString(PAGE, page.substring(0, between.start()) + table + page.substring(between.end()));
            return;
        }
        assertThat(between.group())
                .as("stale: write it anew, the class says how")
                .isEqualTo(table);
    }
}
