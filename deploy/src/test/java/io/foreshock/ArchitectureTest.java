package io.foreshock;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Dependencies point one way: detectors, ingest, jobs, dashboards, deploy. This module sees all of them. */
class ArchitectureTest {

    /** The modules from the inside out, each with the packages it owns below {@code io.foreshock}. */
    private enum Layer {
        DETECTORS("telemetry", "statistics", "state", "detect", "incident", "judge"),
        INGEST("wire", "alias", "publish", "follow", "format", "gateway", "http", "settings"),
        JOBS("job", "topics"),
        DASHBOARDS("board", "exporter", "notify", "page", "report", "terminal", "view"),
        DEPLOY("backtest", "bench", "cli", "embedded", "forecast", "live", "replay");

        private final Set<String> names;

        Layer(String... names) {
            this.names = Set.of(names);
        }

        String[] packages() {
            return names.stream().map(name -> ROOT + "." + name + "..").toArray(String[]::new);
        }

        String[] packagesOutside() {
            return Arrays.stream(values())
                    .filter(other -> other.ordinal() > ordinal())
                    .flatMap(other -> Stream.of(other.packages()))
                    .toArray(String[]::new);
        }
    }

    private static final String ROOT = "io.foreshock";

    /** All that a detector may use besides its own module. */
    private static final String[] LIBRARIES_OF_DETECTORS = {
        "java..", "org.jspecify..", "org.hipparchus..", "org.apache.datasketches.."
    };

    private static final Pattern NAMES_NOTHING =
            Pattern.compile(".*(util|utils|utility|utilities|common|commons|helper|helpers|manager|managers|misc)");

    private static final JavaClasses PRODUCTION = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void everyPackageBelongsToALayer() {
        Set<String> known = Arrays.stream(Layer.values())
                .flatMap(layer -> layer.names.stream())
                .collect(Collectors.toSet());
        Set<String> strays = packageNames()
                .filter(name -> !known.contains(topLevel(name)))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(strays).as("packages that no layer above names").isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Layer.class)
    void aLayerKnowsNothingOfTheLayersOutsideIt(Layer layer) {
        if (layer.packagesOutside().length == 0) {
            return;
        }
        noClasses()
                .that()
                .resideInAnyPackage(layer.packages())
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(layer.packagesOutside())
                .allowEmptyShould(true)
                .check(PRODUCTION);
    }

    @Test
    void detectorsArePlainJava() {
        classes()
                .that()
                .resideInAnyPackage(Layer.DETECTORS.packages())
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(Stream.of(LIBRARIES_OF_DETECTORS, Layer.DETECTORS.packages())
                        .flatMap(Stream::of)
                        .toArray(String[]::new))
                .allowEmptyShould(true)
                .check(PRODUCTION);
    }

    @Test
    void ingestKnowsNoFlink() {
        noClasses()
                .that()
                .resideInAnyPackage(Layer.INGEST.packages())
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.flink..")
                .allowEmptyShould(true)
                .check(PRODUCTION);
    }

    @Test
    void everyPackageIsNamedForWhatItHolds() {
        assertThat(packageNames().distinct()).noneMatch(NAMES_NOTHING.asMatchPredicate());
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(ROOT + ".(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(PRODUCTION);
    }

    private static Stream<String> packageNames() {
        return PRODUCTION.stream().map(JavaClass::getPackageName);
    }

    private static String topLevel(String packageName) {
        return packageName.substring(ROOT.length()).replaceFirst("^\\.", "").replaceFirst("\\..*", "");
    }
}
