package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.alias.Alias;
import io.foreshock.alias.Aliases;
import io.foreshock.detect.Setting;
import io.foreshock.detect.Signature;
import io.foreshock.telemetry.Signal;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock signatures}: what is recognised, and from which metrics. */
@Command(
        name = "signatures",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Show what is recognised, and from which metrics.",
        description = {
            "",
            "Without SLUG, a line for each signature. With one, all about it: how frameworks log its inputs, its"
                    + " settings, and what people do about it.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock signatures",
            "  foreshock signatures --wide | less -S",
            "  foreshock signatures loss_spike",
            "  foreshock signatures --json | jq -r '.[].slug'"
        })
final class SignaturesCommand implements Runnable {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "SLUG", description = "A signature, for example loss_spike.")
    private @Nullable String slug;

    @Option(names = "--wide", description = "Show the settings and their defaults in the table, too.")
    private boolean wide;

    @Option(names = "--json", description = "Print JSON: an array, or one object with SLUG.")
    private boolean json;

    @Override
    public void run() {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        if (slug == null) {
            List<Signature> all = known();
            if (json) {
                ArrayNode array = MAPPER.createArrayNode();
                all.forEach(signature -> describe(signature, array.addObject()));
                out.println(array);
            } else {
                table(all).print(out);
            }
        } else {
            Signature signature = find(command, slug);
            if (json) {
                ObjectNode object = MAPPER.createObjectNode();
                describe(signature, object);
                out.println(object);
            } else {
                details(signature, out);
            }
        }
        out.flush();
    }

    private List<Signature> known() {
        return Objects.requireNonNull(root).signatures();
    }

    private Signature find(CommandSpec command, String slug) {
        List<Signature> all = known();
        return all.stream()
                .filter(signature -> signature.slug().equals(slug))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        command.commandLine(),
                        "SLUG: no signature is called '" + slug + "'; known are "
                                + all.stream().map(Signature::slug).collect(Collectors.joining(", "))));
    }

    private Table table(List<Signature> all) {
        Table table = wide
                ? new Table("signature", "recognises", "needs", "helped by", "reference", "defaults")
                : new Table("signature", "recognises", "needs", "helped by", "reference");
        for (Signature signature : all) {
            table.row(
                    signature.slug(),
                    signature.title(),
                    Needs.of(signature),
                    signature.helpers().isEmpty() ? "-" : Needs.keys(signature.helpers()),
                    reference(signature),
                    Setting.of(signature.settings()).entrySet().stream()
                            .map(setting -> setting.getKey() + "=" + setting.getValue())
                            .collect(Collectors.joining(" ")));
        }
        return table;
    }

    private static String reference(Signature signature) {
        return signature.reference().isEmpty() ? "-" : signature.reference();
    }

    private static void details(Signature signature, PrintWriter out) {
        out.println(signature.slug() + ": " + signature.title());
        if (!signature.reference().isEmpty()) {
            out.println("reference: " + signature.reference());
        }
        if (signature.inputs().isEmpty() && signature.oneOf().isEmpty()) {
            out.println();
            out.println("Needs " + Needs.of(signature) + ".");
        }
        inputs("Needs", signature.inputs(), out);
        inputs("Needs (one of)", signature.oneOf(), out);
        inputs("Helped by", signature.helpers(), out);
        Map<String, Object> settings = Setting.of(signature.settings());
        if (!settings.isEmpty()) {
            out.println();
            out.println("Settings and their defaults");
            settings.forEach((name, value) -> out.println("  " + name + " = " + value));
        }
        out.println();
        out.println("Resolved after " + signature.calm() + " rows without it.");
        if (!signature.advice().isEmpty()) {
            out.println();
            out.println("What people do about it");
            signature.advice().forEach(advice -> out.println("  - " + advice));
        }
    }

    private static void inputs(String heading, List<Signal> signals, PrintWriter out) {
        for (Signal signal : signals) {
            out.println();
            out.println(heading + " " + signal.key() + ": " + signal.meaning());
            for (Alias alias : aliases(signal)) {
                out.println("  " + alias.framework() + " logs it as '" + alias.name() + "'"
                        + (alias.scale() == 1 ? "" : ", times " + alias.scale()));
            }
        }
    }

    private static List<Alias> aliases(Signal signal) {
        return Aliases.standard().lines().stream()
                .filter(alias -> alias.signal() == signal)
                .toList();
    }

    private static void describe(Signature signature, ObjectNode out) {
        out.put("slug", signature.slug());
        out.put("title", signature.title());
        ArrayNode inputs = out.putArray("inputs");
        signature.inputs().forEach(input -> describe(input, inputs.addObject()));
        ArrayNode oneOf = out.putArray("one_of");
        signature.oneOf().forEach(choice -> describe(choice, oneOf.addObject()));
        ArrayNode helpers = out.putArray("helpers");
        signature.helpers().forEach(helper -> describe(helper, helpers.addObject()));
        out.put("calm", signature.calm());
        out.put("reference", signature.reference());
        ArrayNode advice = out.putArray("advice");
        signature.advice().forEach(advice::add);
        out.set("defaults", MAPPER.valueToTree(Setting.of(signature.settings())));
    }

    private static void describe(Signal signal, ObjectNode out) {
        out.put("name", signal.key());
        out.put("meaning", signal.meaning());
        ArrayNode logged = out.putArray("logged_as");
        for (Alias alias : aliases(signal)) {
            logged.addObject()
                    .put("framework", alias.framework())
                    .put("name", alias.name())
                    .put("scale", alias.scale());
        }
    }
}
