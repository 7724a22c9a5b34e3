package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is committed beside the Java code is what its own tools take and make. */
class DashboardSourcesITCase {
    @Test
    void theDashboardsAreWhatTheirSourcesMakeAndWhatGrafanaTakes() throws Exception {
        Program.require("npm", "npm");
        Path grafana = Path.of("../dashboards/grafana");
        Program.run(grafana, List.of("npm", "ci", "--no-audit", "--no-fund"));
        Program.run(grafana, List.of("npm", "run", "--silent", "check"));
    }

    @Test
    void theComposeFileIsValidAndMountsWhatThereIs() throws Exception {
        Program.require("npm", "npm");
        Path docker = Path.of("docker");
        Program.run(docker, List.of("npm", "ci", "--no-audit", "--no-fund"));
        assertThat(Program.run(docker, List.of("npm", "run", "--silent", "check")))
                .isEqualTo("compose.yaml: 9 services\n");
    }
}
