package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is committed beside the Java code is what its own tools take and make. */
class DashboardSourcesITCase {
    private static final Pattern UNREACHABLE =
            Pattern.compile("ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH");

    @Test
    void theDashboardsAreWhatTheirSourcesMakeAndWhatGrafanaTakes() throws Exception {
        Program.require("npm", "npm");
        Path grafana = Path.of("../dashboards/grafana");
        install(grafana);
        Program.run(grafana, List.of("npm", "run", "--silent", "check"));
    }

    @Test
    void theComposeFileIsValidAndMountsWhatThereIs() throws Exception {
        Program.require("npm", "npm");
        Path docker = Path.of("docker");
        install(docker);
        assertThat(Program.run(docker, List.of("npm", "run", "--silent", "check")))
                .isEqualTo("compose.yaml: 10 services\n");
    }

    /** What the folder's lock file names; skips the test, saying so, where no registry of npm is reached. */
    private static void install(Path folder) throws Exception {
        Process npm = new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String printed = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean isInstalled = npm.waitFor() == 0;
        assumeTrue(isInstalled || !UNREACHABLE.matcher(printed).find(), () -> "npm reaches no registry: " + printed);
        assertThat(isInstalled).as(printed).isTrue();
    }
}
