package io.foreshock.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.board.BoardKafka;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.job.KafkaSettings;
import io.foreshock.judge.StepSignals;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.telemetry.Signal;
import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.EventWriter;
import io.foreshock.wire.SignalsJson;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.WindowType;

/**
 * Two tabs that stay open while a run goes on and the page's process stops and is started again: a day of a step a second, sped
 * up. {@code -Dforeshock.soak=86400} is the whole of it; docs/page.md says what that measured, and the command. Prints the figures.
 */
class RunPageSoakITCase {
    private static final String RUN = "long";
    /** More than three times what the browser keeps row by row, so that it is full at the first measurement. */
    private static final int ROWS = Integer.getInteger("foreshock.soak", 15_000);
    /** The page stops after each of these parts but the last, and is away while the next one begins. */
    private static final int PARTS = 6;

    private static final int LAYERS = 16;
    /** Scalars and layers. */
    private static final int SERIES = 3 + LAYERS;

    /**
     * What a tab may take more at the end than after a third, in bytes. The browser keeps 3,072 to 8,192 buckets of a series, just
     * merged or just taken anew; 19 series of 17 bytes a bucket in buffers, and what a chart draws of them. Both are full after
     * a third: one of them may have been small then, and large at the end.
     */
    private static final long BUFFERS = SERIES * (8_256 - 3_072) * 17L + 4 * 8_256 * 28L + (2 << 20);

    private static final long OBJECTS = 4 << 20;

    /** The view that was shown before may not have been let go yet, when somebody looks. */
    private static final int VIEWS = 2;

    private static Chromium chromium;
    private static EmbeddedKafka kafka;
    private static KafkaSettings job;
    private static KafkaProducer<byte[], byte[]> producer;
    private static RunPage page;
    private static int port;
    private static String runTab;
    private static String listTab;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.start();
        kafka = EmbeddedKafka.start();
        job = KafkaSettings.of(kafka.bootstrapServers());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            job.topics().ensure(admin);
        }
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        page = page(0);
        port = URI.create(page.address()).getPort();
    }

    @AfterAll
    static void stop() {
        if (chromium != null) {
            chromium.close();
        }
        if (producer != null) {
            producer.close();
            page.close();
            kafka.close();
        }
    }

    private static RunPage page(int port) throws Exception {
        return RunPage.start(
                PageSettings.LOOPBACK.withPort(port),
                new BoardKafka(kafka.bootstrapServers(), job.topics(), Map.of()),
                Signatures.all());
    }

    /** What a trainer sends, and what a job says of it. The metric {@code ordinal} is the step, so that a bucket can be checked. */
    private static void report(int from, int to) {
        byte[] key = RUN.getBytes(StandardCharsets.UTF_8);
        EventWriter writer = new EventWriter();
        long now = System.currentTimeMillis();
        for (int step = from; step < to; step++) {
            double[] layers = new double[LAYERS];
            for (int layer = 0; layer < LAYERS; layer++) {
                layers[layer] = 1 + Math.sin(step * 0.01 + layer);
            }
            double loss = 2 + 8 * Math.exp(-step / 9_000.0);
            StepSample sample = StepSample.builder(RUN, step)
                    .ts(now)
                    .metric("loss", loss)
                    .metric("grad_norm", 1 + 0.5 * Math.sin(step * 0.1))
                    .metric("ordinal", step)
                    .metric("grad_norm/layer", layers)
                    .build();
            producer.send(new ProducerRecord<>(job.topics().telemetry().name(), key, writer.write(sample)));
            StepSignals row = new StepSignals(RUN, 0, step, now, Map.of(Signal.LOSS, loss), Map.of(), Map.of(), null);
            producer.send(new ProducerRecord<>(job.topics().signals().name(), key, SignalsJson.write(row)));
        }
        producer.flush();
    }

    /** A part of the run, no faster than an open page is told: 500 rows four times a second. */
    private static void train(int from, int to) {
        int much = 1_000;
        for (int step = from; step < to; step += much) {
            int end = Math.min(to, step + much);
            report(step, end);
            chromium.await("foreshockView().inspect().range[1] === " + (end - 1));
        }
    }

    private static void open(String path) {
        chromium.driver().get("http://127.0.0.1:" + port + path);
    }

    private static void show(String tab) {
        chromium.driver().switchTo().window(tab);
    }

    /** What a tab holds, after it let go all that it does not need. */
    private record Held(long heap, long buffers, int nodes, int listeners) {
        static Held now() {
            chromium.driver().executeCdpCommand("HeapProfiler.enable", Map.of());
            chromium.driver().executeCdpCommand("HeapProfiler.collectGarbage", Map.of());
            JsonNode heap = of("Runtime.getHeapUsage");
            JsonNode dom = of("Memory.getDOMCounters");
            return new Held(
                    heap.get("usedSize").asLong(),
                    heap.path("backingStorageSize").asLong(),
                    dom.get("nodes").asInt(),
                    dom.get("jsEventListeners").asInt());
        }

        private static JsonNode of(String command) {
            return new ObjectMapper().valueToTree(chromium.driver().executeCdpCommand(command, Map.of()));
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.1f MB of objects, %.1f MB of buffers, %,d nodes, %,d listeners",
                    heap / 1e6,
                    buffers / 1e6,
                    nodes,
                    listeners);
        }
    }

    /** Of the machine that the page, the broker and this test share. */
    private static long server() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** What is kept of the run: which steps, how often, and whether each bucket of {@code ordinal} holds the steps that it says. */
    private static JsonNode drawn() {
        RunPageBrowserITCase.unpack(chromium);
        return chromium.eval("""
                (() => {
                  const wrong = [];
                  for (const {name, timeline: t} of kept.metrics.values()) {
                    let next = 0;
                    for (let b = 0; b < t.count; b++) {
                      if (t.first[b] !== next || t.last[b] - t.first[b] !== t.rows[b] - 1) {
                        wrong.push(name + ": bucket " + b + " has " + t.rows[b] + " rows of steps " + t.first[b] + " to " + t.last[b]);
                      }
                      next = t.last[b] + 1;
                      const held = [0, 1, 2, 3].map(which => t.value(b, 0, which)).join();
                      if (name === "ordinal" && held !== [t.first[b], t.first[b], t.last[b], t.last[b]].join()) {
                        wrong.push("steps " + t.first[b] + " to " + t.last[b] + " hold " + held);
                      }
                    }
                    if (next !== kept.last() + 1) wrong.push(name + ": ends before step " + next);
                  }
                  const {rows, first_ts, last_ts, end, attempts, metrics} = kept;
                  return {wrong: wrong.slice(0, 9), rows, first_ts, last_ts, end, attempts, metrics: [...metrics.keys()]};
                })()""");
    }

    @Test
    void tabsThatStayOpenShowWhatAFreshOneShowsAndHoldNoMore() throws Exception {
        report(0, 10);
        runTab = chromium.driver().getWindowHandle();
        chromium.driver().switchTo().newWindow(WindowType.WINDOW);
        listTab = chromium.driver().getWindowHandle();
        open("/");
        show(runTab);
        // The run may not be known yet: the page comes up by itself when it is.
        open("/runs/" + RUN);
        chromium.await("foreshockView() && foreshockView().inspect().range[1] === 9");

        long begun = System.nanoTime();
        Held run = null;
        Held list = null;
        long server = 0;
        int before = 10;
        for (int part = 1; part <= PARTS; part++) {
            int end = ROWS * part / PARTS;
            if (part > 1) {
                page.close();
                chromium.await("document.getElementById('link').textContent === 'connection lost, trying again'");
                report(before, before + 200);
                before += 200;
                page = page(port);
            }
            train(before, end);
            before = end;
            if (part == 2) {
                run = Held.now();
                show(listTab);
                list = Held.now();
                show(runTab);
                server = server();
            }
        }
        chromium.await("document.getElementById('link').textContent === 'live'");
        chromium.await("document.getElementById('empty').hidden");
        Held runAtTheEnd = Held.now();
        JsonNode live = drawn();
        show(listTab);
        chromium.await("document.querySelector('#runs .number')?.textContent === '"
                + String.format(Locale.ROOT, "%,d", ROWS - 1) + "'");
        chromium.await("document.getElementById('link').textContent === 'live'");
        Held listAtTheEnd = Held.now();
        show(runTab);
        System.out.printf(
                Locale.ROOT,
                "%,d rows of %d series in %d s, the page stopped and started %d times%n"
                        + "  run, after a third: %s%n       at the end:    %s%n"
                        + "  list, after a third: %s%n        at the end:    %s%n"
                        + "  heap of broker and page: %.1f MB, %.1f MB%n",
                ROWS,
                SERIES,
                Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
                PARTS - 1,
                run,
                runAtTheEnd,
                list,
                listAtTheEnd,
                server / 1e6,
                server() / 1e6);

        assertThat(runAtTheEnd.buffers()).isLessThan(run.buffers() + BUFFERS);
        assertThat(runAtTheEnd.heap()).isLessThan(run.heap() + OBJECTS);
        assertThat(runAtTheEnd.nodes()).isLessThan(VIEWS * run.nodes());
        assertThat(runAtTheEnd.listeners()).isLessThan(VIEWS * run.listeners());
        assertThat(listAtTheEnd.heap()).isLessThan(list.heap() + (1 << 20));
        assertThat(listAtTheEnd.nodes()).isLessThanOrEqualTo(list.nodes());
        assertThat(listAtTheEnd.listeners()).isLessThanOrEqualTo(list.listeners());
        assertThat(live.get("wrong")).isEmpty();
        assertThat(live.get("rows").asInt()).isEqualTo(ROWS);
        open("/runs/" + RUN);
        chromium.await("foreshockView() && foreshockView().inspect().range[1] === " + (ROWS - 1));
        assertThat(drawn()).isEqualTo(live);
    }
}
