package io.foreshock.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The rules of {@code dashboards/prometheus}: promtool takes them, each alert has its cases, and docs/prometheus.md knows it. */
class PrometheusRulesITCase {
    private static final Path RULES = Path.of("../dashboards/prometheus");
    private static final Path PAGE = Path.of("../docs/prometheus.md");

    @TempDir
    Path folder;

    @Test
    void promtoolTakesTheRulesAndTheirCasesHold() throws Exception {
        Program.require("promtool", "prometheus");
        List<String> check = new ArrayList<>(List.of("promtool", "check", "rules", "--lint-fatal"));
        files().forEach(file -> check.add(file.toAbsolutePath().toString()));
        Program.run(folder, check);
        Program.run(
                folder,
                List.of(
                        "promtool",
                        "test",
                        "rules",
                        RULES.resolve("foreshock.rules.test.yml")
                                .toAbsolutePath()
                                .toString()));
    }

    @Test
    void prometheusTakesTheConfigurationOfThePage() throws Exception {
        Program.require("promtool", "prometheus");
        String config =
                fenced(Files.readString(PAGE), "yaml").replace("/etc/prometheus/", RULES.toAbsolutePath() + "/");
        Path file = Files.writeString(folder.resolve("prometheus.yml"), config);

        assertThat(Program.run(folder, List.of("promtool", "check", "config", file.toString())))
                .contains("2 rule files found");
    }

    @Test
    void eachAlertHasACaseWhereItFiresAndOneWhereItIsQuiet() throws IOException {
        Set<String> fire = new TreeSet<>();
        Set<String> quiet = new TreeSet<>();
        for (Object test : list(read(RULES.resolve("foreshock.rules.test.yml")), "tests")) {
            for (Object one : list(test, "alert_rule_test")) {
                (list(one, "exp_alerts").isEmpty() ? quiet : fire).add(text(one, "alertname"));
            }
        }

        assertThat(fire).containsExactlyInAnyOrderElementsOf(names());
        assertThat(quiet).containsExactlyInAnyOrderElementsOf(names());
    }

    @Test
    void thePageListsEveryAlertAndNoOther() throws IOException {
        assertThat(Pattern.compile("^\\| `(\\w+)`", Pattern.MULTILINE)
                        .matcher(Files.readString(PAGE))
                        .results()
                        .map(name -> name.group(1)))
                .containsExactlyElementsOf(names());
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(RULES)) {
            return files.filter(file -> file.toString().endsWith(".rules.yml"))
                    .sorted()
                    .toList();
        }
    }

    /** Of all alerts, those on incidents first, as the page has them. */
    private static List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (String file : List.of("foreshock-incidents.rules.yml", "foreshock-health.rules.yml")) {
            for (Object group : list(read(RULES.resolve(file)), "groups")) {
                list(group, "rules").forEach(rule -> names.add(text(rule, "alert")));
            }
        }
        return names;
    }

    private static Object read(Path file) throws IOException {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    }

    private static List<?> list(Object parent, String name) {
        return (List<?>) ((Map<?, ?>) parent).get(name);
    }

    private static String text(Object parent, String name) {
        return (String) ((Map<?, ?>) parent).get(name);
    }

    private static String fenced(String page, String language) {
        String open = "```" + language + "\n";
        int begin = page.indexOf(open) + open.length();
        return page.substring(begin, page.indexOf("```", begin));
    }
}
