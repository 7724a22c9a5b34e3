package io.foreshock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.browser.Chromium;
import io.foreshock.cli.Foreshock;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The picture on the page about the report. It is made anew with {@code mvn -pl deploy -am test -Dtest=ReportPictureITCase
 * -Dsurefire.failIfNoSpecifiedTests=false -Dforeshock.charts=write}.
 */
class ReportPictureITCase {
    private static final Path PAGE = Path.of("../docs/report.md");
    private static final Path PICTURE = Path.of("../docs/images/report.png");
    private static final long MOST_BYTES = 300_000;

    @TempDir
    Path folder;

    @Test
    void thePageShowsTheReportAsItIsDrawn() throws Exception {
        if ("write".equals(System.getProperty("foreshock.charts"))) {
            draw();
        }
        assertThat(Files.readString(PAGE)).contains("](images/report.png)");
        assertThat(Files.size(PICTURE)).isLessThan(MOST_BYTES);
        assertThat(ImageIO.read(PICTURE.toFile())).as("a picture").isNotNull();
    }

    private void draw() throws Exception {
        Path report = folder.resolve("report.html");
        int code = Foreshock.commandLine()
                .setOut(new PrintWriter(new StringWriter()))
                .execute("replay", "runs/ramp_0.3_s3.jsonl.gz", "--report", report.toString());
        assertThat(code).isZero();
        try (Chromium browser = Chromium.start()) {
            browser.size(1280, 940);
            browser.driver().get(report.toUri().toString());
            browser.driver().executeScript("foreshock.ready.then(() => { window.drawn = true; })");
            browser.await("window.drawn");
            Files.createDirectories(PICTURE.getParent());
            Files.write(PICTURE, browser.screenshot());
        }
    }
}
