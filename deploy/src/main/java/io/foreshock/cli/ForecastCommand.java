package io.foreshock.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.foreshock.forecast.Check;
import io.foreshock.forecast.LossCurve;
import io.foreshock.forecast.Schedule;
import io.foreshock.replay.JudgedFile;
import io.foreshock.replay.Recordings;
import io.foreshock.replay.Replay;
import io.foreshock.settings.Settings;
import io.foreshock.statistics.Annealing;
import io.foreshock.statistics.LossLaw;
import io.foreshock.statistics.LossLaw.Expected;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code foreshock forecast}: where the loss is heading. */
@Command(
        name = "forecast",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Forecast the loss at the end of a run from its log so far.",
        description = {
            "",
            "Fits the loss law with learning-rate annealing (arXiv:2408.11029) to the losses and learning rates of a log,"
                    + " and follows the schedule to the last step. The interval is of 90 %%. With --from, the forecast"
                    + " is made from the first part of a finished run, whose later rates are in the log, and compared with what came.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock forecast runs/llama-7b-3.jsonl.gz --steps 200000 --schedule cosine",
            "  foreshock forecast runs/llama-7b-3.jsonl.gz --steps 200000 --schedule wsd --decay 0.1 --json",
            "  foreshock forecast corpus/public/multipowerlaw --from 0.5"
        })
final class ForecastCommand implements Callable<Integer> {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|DIR",
            description = "Recordings in any form that replay reads; a folder stands for all in it and below.")
    private List<Path> paths = List.of();

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Last step of the run; default: twice the steps in the log.")
    private long steps;

    @Option(
            names = "--schedule",
            paramLabel = "NAME",
            defaultValue = "constant",
            description =
                    "What the learning rate does until then: ${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
    private Schedule schedule = Schedule.CONSTANT;

    @Option(
            names = "--final-lr",
            paramLabel = "RATE",
            defaultValue = "0",
            description = "Learning rate at the last step, unless constant; default: ${DEFAULT-VALUE}.")
    private double lastRate;

    @Option(
            names = "--decay",
            paramLabel = "SHARE",
            defaultValue = "0.2",
            description = "Share of the run over which wsd decays; default: ${DEFAULT-VALUE}.")
    private double decay;

    @Option(
            names = "--from",
            paramLabel = "SHARE",
            description = "Forecast the end of finished runs from this share of their steps, between 0 and 1.")
    private @Nullable Double from;

    @Option(names = "--json", description = "Print JSON instead of a table.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        CommandSpec command = Objects.requireNonNull(spec);
        demand(from == null || (from > 0 && from < 1), "--from must be between 0 and 1, got " + from);
        demand(decay > 0 && decay <= 1, "--decay must be above 0 and at most 1, got " + decay);
        demand(steps >= 0, "--steps must be above 0, got " + steps);
        demand(lastRate >= 0, "--final-lr must be at least 0, got " + lastRate);
        Map<String, LossCurve> curves = new LinkedHashMap<>();
        List<JudgedFile> files = new ArrayList<>();
        new Replay(
                        Settings.none(List.of()),
                        row -> curves.computeIfAbsent(row.run(), LossCurve::new).add(row),
                        bytes -> {})
                .run(Recordings.find(paths).files(), files::add);
        PrintWriter out = command.commandLine().getOut();
        if (from == null) {
            forecast(curves, out);
        } else {
            check(curves, from, out);
        }
        out.flush();
        return ReplayText.printTrouble(files, command.commandLine().getErr()) ? Foreshock.FAILED : 0;
    }

    private void demand(boolean holds, String message) {
        if (!holds) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
        }
    }

    private void forecast(Map<String, LossCurve> curves, PrintWriter out) {
        Table table = new Table("run", ">now at step", ">last step", ">loss", ">90 % from", ">to");
        ArrayNode array = MAPPER.createArrayNode();
        for (LossCurve curve : curves.values()) {
            LossLaw law = curve.law(curve.size(), curve.rated());
            LossLaw.Fit fit = law.fit();
            Annealing so = law.schedule();
            long now = so.step();
            long end = steps > 0 ? steps : 2 * now;
            demand(fit == null || end > now, "--steps " + steps + " is not after step " + now + " of " + curve.run());
            if (fit == null) {
                table.row(curve.run(), count(Math.max(0, now)), "", "too short", "", "");
                continue;
            }
            schedule.follow(so, end, lastRate, decay);
            Expected expected = fit.at(so);
            table.row(
                    curve.run(),
                    count(now),
                    count(end),
                    loss(expected.loss()),
                    loss(expected.low()),
                    loss(expected.high()));
            ObjectNode object = array.addObject()
                    .put("run", curve.run())
                    .put("from_step", now)
                    .put("step", end);
            interval(object, expected).put("schedule", schedule.name().toLowerCase(Locale.ROOT));
        }
        print(table, array, out);
    }

    private void check(Map<String, LossCurve> curves, double share, PrintWriter out) {
        Table table = new Table(
                "run",
                ">from step",
                ">to",
                ">came",
                ">law",
                ">90 % from",
                ">to",
                "held",
                ">law",
                ">power law",
                ">last mean");
        ArrayNode array = MAPPER.createArrayNode();
        List<Check> checks = new ArrayList<>();
        for (LossCurve curve : curves.values()) {
            Check check = Check.of(curve, share);
            if (check == null) {
                continue;
            }
            checks.add(check);
            table.row(
                    check.run(),
                    count(check.fromStep()),
                    count(check.toStep()),
                    loss(check.came()),
                    loss(check.law().loss()),
                    loss(check.law().low()),
                    loss(check.law().high()),
                    check.held() ? "yes" : "no",
                    percent(check.error(check.law().loss())),
                    percent(check.error(check.powerLaw())),
                    percent(check.error(check.lastMean())));
            ObjectNode object = array.addObject()
                    .put("run", check.run())
                    .put("from_step", check.fromStep())
                    .put("step", check.toStep())
                    .put("came", check.came());
            interval(object, check.law()).put("power_law", check.powerLaw()).put("last_mean", check.lastMean());
        }
        table.rule();
        table.row(
                "mean size of the error",
                "",
                "",
                "",
                "",
                "",
                "",
                checks.stream().filter(Check::held).count() + "/" + checks.size(),
                meanError(checks, check -> check.law().loss()),
                meanError(checks, Check::powerLaw),
                meanError(checks, Check::lastMean));
        print(table, array, out);
    }

    private void print(Table table, ArrayNode array, PrintWriter out) {
        if (json) {
            out.println(array);
        } else {
            table.print(out);
        }
    }

    private static ObjectNode interval(ObjectNode object, Expected expected) {
        return object.put("loss", expected.loss()).put("low", expected.low()).put("high", expected.high());
    }

    private static String meanError(List<Check> checks, ToDoubleFunction<Check> forecast) {
        return percent(checks.stream()
                .mapToDouble(check -> Math.abs(check.error(forecast.applyAsDouble(check))))
                .average()
                .orElse(Double.NaN));
    }

    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String loss(double loss) {
        return String.format(Locale.ROOT, "%.4g", loss);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }
}
