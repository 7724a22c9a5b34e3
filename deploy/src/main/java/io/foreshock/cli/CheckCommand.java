package io.foreshock.cli;

import io.foreshock.detect.Setting;
import io.foreshock.format.Formats;
import io.foreshock.format.RunName;
import io.foreshock.format.Source;
import io.foreshock.format.TelemetryFile;
import io.foreshock.settings.Settings;
import io.foreshock.settings.SettingsException;
import io.foreshock.settings.SettingsReader;
import io.foreshock.telemetry.Rejected;
import io.foreshock.telemetry.Signal;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Limits;
import io.foreshock.wire.Parsed;
import io.foreshock.wire.RejectedJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock check}: is this settings file, or this telemetry, valid. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Say whether a settings file or a telemetry file is valid, and what is wrong with which line.",
        description = {
            "",
            "A file named .yaml or .yml holds settings; any other holds telemetry: one event alone, or a recording in any"
                    + " form that replay reads. Prints FILE:LINE: and what is wrong, what is allowed and what was given, all of it at"
                    + " once. With --run, the settings as they are for that run: what differs from the default is marked.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {" 0:all files are valid", " 1:a file is not, or cannot be read", " 2:wrong usage"},
        footer = {
            "",
            "Examples:",
            "  foreshock check foreshock.yaml",
            "  foreshock check foreshock.yaml --run llama-7b-3     what is looked for in this run, and how",
            "  foreshock check event.json runs/llama-7b-3.jsonl.gz"
        })
final class CheckCommand implements Callable<Integer> {
    /** Problems of one file that are printed. */
    private static final int SHOWN = 50;

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Settings (.yaml, .yml) or telemetry.")
    private List<Path> files = List.of();

    @Option(names = "--run", paramLabel = "ID", description = "Show the settings that apply to this run.")
    private @Nullable String run;

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        boolean valid = true;
        for (Path file : files) {
            if (Files.isDirectory(file)) {
                out.println(file + ": is a folder; name the files in it");
                valid = false;
                continue;
            }
            try {
                valid &= isSettings(file) ? settings(file, out) : telemetry(file, out);
            } catch (SettingsException e) {
                out.println(e.getMessage());
                valid = false;
            } catch (NoSuchFileException e) {
                out.println(file + ": there is no such file; name settings or telemetry that is there");
                valid = false;
            } catch (AccessDeniedException e) {
                out.println(file + ": cannot be read: permission denied; let it be read by whoever runs this");
                valid = false;
            } catch (IOException e) {
                out.println(file + ": cannot be read: " + e.getMessage());
                valid = false;
            }
        }
        out.flush();
        return valid ? 0 : Foreshock.FAILED;
    }

    private static boolean isSettings(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".yaml") || name.endsWith(".yml");
    }

    private boolean settings(Path file, PrintWriter out) throws SettingsException, IOException {
        Settings settings =
                SettingsReader.read(file, Objects.requireNonNull(root).signatures());
        out.println(file + ": valid settings: " + settings.summary());
        if (run != null) {
            out.println();
            table(settings, run).print(out);
        }
        return true;
    }

    private static Table table(Settings settings, String run) {
        Table table = new Table("signature", "state", ">calm", "settings (* not the default)", "said in");
        for (Settings.Effective one : settings.effective(run)) {
            boolean changed = one.tuned().calm() != one.signature().calm();
            table.row(
                    one.signature().slug(),
                    !one.enabled() ? "disabled" : one.observe() ? "observed" : "judged",
                    one.tuned().calm() + (changed ? "*" : ""),
                    values(one),
                    String.join(", ", one.places()));
        }
        return table;
    }

    private static String values(Settings.Effective one) {
        Map<String, Object> defaults = Setting.of(one.signature().settings());
        return Setting.of(one.tuned().settings()).entrySet().stream()
                .map(value -> value.getKey() + "=" + value.getValue()
                        + (value.getValue().equals(defaults.get(value.getKey())) ? "" : "*"))
                .collect(Collectors.joining(" "));
    }

    private boolean telemetry(Path file, PrintWriter out) throws IOException {
        if (run != null) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "--run shows settings, and " + file + " is telemetry; settings end in .yaml");
        }
        Tally tally = new Tally(file, out);
        Parsed alone = alone(file);
        if (alone != null) {
            tally.add(alone);
        } else {
            try (TelemetryFile recorded = Formats.open(file)) {
                for (Parsed event = recorded.next(); event != null; event = recorded.next()) {
                    tally.add(event);
                }
            }
        }
        return tally.print();
    }

    /** The event of a file that is one JSON object, laid out over several lines; null if it is none. */
    private static @Nullable Parsed alone(Path file) throws IOException {
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".json") || Files.size(file) > Limits.MAX_EVENT_BYTES) {
            return null;
        }
        try (Source source = Source.of(file)) {
            if (Formats.of(source) != null) {
                return null;
            }
        }
        byte[] event = Files.readAllBytes(file);
        Parsed parsed = new EventReader().read(event, 0, event.length, RunName.of(file), 1);
        boolean notOne =
                parsed instanceof Parsed.Refused refused && refused.rejected().reason() == Rejected.Reason.NOT_JSON;
        return notOne ? null : parsed;
    }

    /** What a telemetry file holds. */
    private static final class Tally {
        private final Path file;
        private final PrintWriter out;
        private final Set<String> runs = new TreeSet<>();
        private final Set<String> known = new TreeSet<>();
        private final Set<String> others = new TreeSet<>();
        private long events;
        private long refused;

        Tally(Path file, PrintWriter out) {
            this.file = file;
            this.out = out;
        }

        void add(Parsed event) {
            if (event instanceof Parsed.Refused refusal) {
                Rejected rejected = refusal.rejected();
                if (++refused <= SHOWN) {
                    out.println(file + ":" + rejected.offset() + ": " + RejectedJson.reason(rejected.reason()) + ": "
                            + rejected.detail());
                }
            } else if (event instanceof Parsed.Sample read) {
                events++;
                runs.add(read.sample().run());
                for (int i = 0; i < read.sample().count(); i++) {
                    String name = read.sample().name(i);
                    (Signal.of(name) == null ? others : known).add(name);
                }
            }
        }

        boolean print() {
            if (refused > SHOWN) {
                out.println(file + ": and " + (refused - SHOWN) + " more");
            }
            if (refused > 0) {
                out.println(file + ": " + refused + " of " + (events + refused) + " events are not valid");
                return false;
            }
            if (events == 0) {
                out.println(file + ": holds no events");
                return false;
            }
            out.println(file + ": valid: " + events + (events == 1 ? " event" : " events") + " of "
                    + (runs.size() == 1 ? "run " + runs.iterator().next() : runs.size() + " runs"));
            if (!known.isEmpty()) {
                out.println("  signals: " + String.join(", ", known));
            }
            if (!others.isEmpty()) {
                out.println("  other metrics (for custom rules): " + String.join(", ", others));
            }
            return true;
        }
    }
}
