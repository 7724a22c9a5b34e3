package io.foreshock.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.browser.Chromium;
import io.foreshock.cli.Foreshock;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.Stack;
import io.foreshock.incident.Incident;
import io.foreshock.live.Recording;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/**
 * The pictures on the page about the run page: the recorded runs, some of them over and some on their way. They are made anew with
 * {@code mvn -pl deploy -am test -Dtest=PagePictureITCase -Dsurefire.failIfNoSpecifiedTests=false -Dforeshock.charts=write}.
 */
class PagePictureITCase {
    private static final Path PAGE = Path.of("../docs/page.md");
    private static final Path IMAGES = Path.of("../docs/images");
    private static final List<String> PICTURES =
            List.of("page.png", "page-list.png", "page-dark.png", "page-narrow.png");
    private static final long MOST_BYTES = 300_000;

    /** Steps by now of those that are on their way. */
    private static final Map<String, Integer> UNDER_WAY = Map.of(
            "lr_0.1_s0", 420,
            "ramp_0.3_s3", 410,
            "rlv_collapse_s112", 300,
            "nf_attn_fp16_s40", 700,
            "spike_random1_s20", 402,
            "sched_cosine_s70", 611,
            "rlv_learn_s111", 845);

    private static final String ACKNOWLEDGED = "nf_attn_fp16_s40";
    private static final String FAILED = "z_off_lr0.1_s10";

    @Test
    void thePageShowsTheRunPageAsItIsDrawn() throws Exception {
        if ("write".equals(System.getProperty("foreshock.charts"))) {
            draw();
        }
        for (String picture : PICTURES) {
            assertThat(Files.readString(PAGE)).contains("](images/" + picture + ")");
            assertThat(Files.size(IMAGES.resolve(picture))).isLessThan(MOST_BYTES);
            assertThat(ImageIO.read(IMAGES.resolve(picture).toFile()))
                    .as("a picture")
                    .isNotNull();
        }
    }

    private static void draw() throws Exception {
        Map<String, Incident> incidents = new ConcurrentHashMap<>();
        try (Chromium browser = Chromium.start();
                Stack stack = Stack.start(Stack.Settings.PASSING, line -> {});
                TopicFeed feed = TopicFeed.open(
                        stack.bootstrapServers(),
                        List.of(stack.topics().alerts().name()),
                        (record, before) -> {
                            Incident incident = IncidentJson.read(record.value());
                            incidents.put(incident.id(), incident);
                        });
                RunPage page = RunPage.start(PageSettings.LOOPBACK, stack.page(), Signatures.all())) {
            List<Recording> recordings = Recording.read(Path.of("runs"));
            play(stack, recordings);
            browser.driver().get(page.address());
            browser.await("document.getElementById('tally').textContent.startsWith('" + recordings.size() + " runs')");
            for (Map.Entry<String, Integer> run : UNDER_WAY.entrySet()) {
                browser.await(
                        "[...document.querySelectorAll('#runs tr')].some(tr => tr.querySelector('.name').textContent === '"
                                + run.getKey() + "' && tr.querySelector('.number').textContent === '"
                                + (run.getValue() - 1) + "')");
            }
            assertThat(feed.failure()).isNull();
            acknowledge(stack, incidents);
            browser.await("[...document.querySelectorAll('#runs tr')].some(tr => tr.className === 'handled')");
            browser.size(1280, 690);
            write("page-list.png", browser.screenshot());
            browser.size(420, 760);
            write("page-narrow.png", browser.screenshot());
            browser.size(1280, 940);
            browser.driver().get(page.address() + "/runs/ramp_0.3_s3");
            browser.await("window.foreshockView && foreshockView()"
                    + " && foreshockView().inspect().charts.filter(c => c.drawn).length >= 3"
                    + " && document.getElementById('link').textContent === 'live'");
            write("page.png", browser.screenshot());
            browser.prefers("dark");
            browser.await("foreshockView().inspect().theme === 'dark'");
            // The charts take their colours with the next frame.
            browser.driver().executeAsyncScript("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))");
            write("page-dark.png", browser.screenshot());
            browser.assertNoErrors();
        }
    }

    /** As if they trained until now. */
    private static void play(Stack stack, List<Recording> recordings) throws Exception {
        long now = System.currentTimeMillis();
        try (TelemetryPublisher publisher = TelemetryPublisher.connect(stack.bootstrapServers())) {
            for (Recording recording : recordings) {
                Integer steps = UNDER_WAY.get(recording.run());
                List<StepSample> samples = steps == null
                        ? recording.samples()
                        : recording.samples().subList(0, steps);
                long shift = now - samples.get(samples.size() - 1).ts();
                for (StepSample sample : samples) {
                    publisher.publish(Recording.copy(sample, recording.run(), sample.ts() + shift));
                }
                if (steps == null) {
                    RunEnd end = recording.run().equals(FAILED) ? RunEnd.FAILED : RunEnd.FINISHED;
                    publisher.publish(StepSample.end(recording.run(), 0, end, now));
                }
                assertThat(publisher.flush(Duration.ofSeconds(30))).isTrue();
            }
        }
    }

    private static void acknowledge(Stack stack, Map<String, Incident> incidents) {
        for (Incident incident : incidents.values()) {
            if (incident.run().equals(ACKNOWLEDGED) && incident.status() != Incident.Status.RESOLVED) {
                int code = Foreshock.commandLine()
                        .setOut(new PrintWriter(new StringWriter()))
                        .execute("ack", incident.id(), "--by", "ana", "--bootstrap-servers", stack.bootstrapServers());
                assertThat(code).isZero();
            }
        }
    }

    private static void write(String name, byte[] png) throws Exception {
        Files.createDirectories(IMAGES);
        Files.write(IMAGES.resolve(name), png);
    }
}
