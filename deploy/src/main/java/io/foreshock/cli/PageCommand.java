package io.foreshock.cli;

import io.foreshock.board.BoardKafka;
import io.foreshock.job.KafkaSettings;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.settings.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code foreshock page}: all runs in the browser, live. */
@Command(
        name = "page",
        mixinStandardHelpOptions = true,
        versionProvider = Foreshock.Version.class,
        header = "Serve the run page: all runs in the browser as they go on, and a JSON API.",
        description = {
            "",
            "The list shows every run that the job judged, the one that needs a person most on top. A run's page shows its"
                    + " charts, incidents and their story, and lets you acknowledge and mute. All of it is read from the"
                    + " topics: started again, the page knows what it knew. Ctrl-C stops it.",
            "",
            "It listens on the loopback interface unless --host says otherwise. Then anybody who reaches it may look, and"
                    + " changes need the token that --token-file, or the variable FORESHOCK_PAGE_TOKEN, gives. It speaks"
                    + " plain HTTP: put a proxy with TLS in front where others can listen.",
            "",
            "Links: /runs/RUN, /runs/RUN?incident=ID, /runs/RUN?from=1200&to=1400; the API is described at"
                    + " /api/v1/openapi.yaml.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  foreshock page",
            "  foreshock page --bootstrap-servers kafka:9092 --port 8081",
            "  foreshock page --host 0.0.0.0 --token-file /run/secrets/foreshock-page",
            "  ssh -L 8080:localhost:8080 HOST                  looks at the page of another machine from here"
        })
final class PageCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable Foreshock root;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private Interface listening = new Interface();

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "Its port, 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port = 8080;

    @Mixin
    private PageToken token = new PageToken();

    @Mixin
    private KafkaOptions kafka = new KafkaOptions();

    @Override
    public Integer call() throws IOException, SettingsException {
        CommandSpec command = Objects.requireNonNull(spec);
        Ports.check(command, "--port", port);
        PageSettings settings = token.settings(command, listening.host(), port);
        KafkaSettings job = kafka.settings();
        PrintWriter out = command.commandLine().getOut();
        return Serving.untilStopped(out, () -> {
            RunPage page = RunPage.start(
                    settings,
                    new BoardKafka(job.bootstrapServers(), job.topics(), job.client()),
                    Objects.requireNonNull(root).signatures());
            out.println("The run page is at " + page.address() + "   Kafka: " + job.bootstrapServers());
            if (page.isReadOnly()) {
                out.println("It is reachable from elsewhere and has no token: nothing can be changed on it."
                        + " --token-file FILE gives it one.");
            }
            return page;
        });
    }
}
