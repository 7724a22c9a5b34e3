package io.foreshock.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.foreshock.detect.Signatures;
import io.foreshock.embedded.Stack;
import io.foreshock.http.Endpoint;
import io.foreshock.incident.Incident;
import io.foreshock.live.Recording;
import io.foreshock.page.PageSettings;
import io.foreshock.page.RunPage;
import io.foreshock.publish.TelemetryPublisher;
import io.foreshock.telemetry.RunEnd;
import io.foreshock.telemetry.StepSample;
import io.foreshock.topics.TopicFeed;
import io.foreshock.wire.IncidentJson;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The run page in a real browser, in front of the real job. */
class RunPageBrowserITCase {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String RAMP = "ramp_0.3_s3";
    /** The rule of labels.json: found no more than this many steps from where the label says. */
    private static final double SLACK = 20;

    private static Chromium chromium;
    private static Stack stack;
    private static RunPage page;
    private static TopicFeed feed;
    private static Recording ramp;
    private static final List<Incident> ALERTS = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.start();
        ramp = Recording.read(Path.of("runs")).stream()
                .filter(recording -> recording.run().equals(RAMP))
                .findFirst()
                .orElseThrow();
        stack = Stack.start(Stack.Settings.PASSING, line -> {});
        feed = TopicFeed.open(
                stack.bootstrapServers(),
                List.of(stack.topics().alerts().name()),
                (record, before) -> ALERTS.add(IncidentJson.read(record.value())));
        page = RunPage.start(PageSettings.LOOPBACK, stack.page(), Signatures.all());
    }

    @AfterAll
    static void stop() {
        if (chromium != null) {
            chromium.close();
        }
        if (page != null) {
            page.close();
            feed.close();
            stack.close();
        }
    }

    @AfterEach
    void theConsoleIsClean() {
        chromium.assertNoErrors();
    }

    private static void open(String path) {
        chromium.driver().get(page.address() + path);
    }

    private static void openRun(String path) {
        open(path);
        chromium.await(
                "window.foreshockView && foreshockView() && foreshockView().inspect().charts.some(c => c.drawn)");
    }

    /** Sends steps of the recorded run under another name, as if it trained now. */
    private static void report(String run, int from, int to) throws Exception {
        List<StepSample> samples = new ArrayList<>();
        for (StepSample sample : ramp.samples().subList(from, to)) {
            samples.add(Recording.copy(sample, run, System.currentTimeMillis()));
        }
        report(samples);
    }

    private static void report(List<StepSample> samples) throws Exception {
        try (TelemetryPublisher publisher = TelemetryPublisher.connect(stack.bootstrapServers())) {
            samples.forEach(publisher::publish);
            assertThat(publisher.flush(PATIENCE)).isTrue();
        }
    }

    /** The same said twice is the same incident: only what was said later counts. */
    private static void awaitAfter(int before, Predicate<Incident> condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (ALERTS.stream().skip(before).noneMatch(condition) && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(ALERTS.subList(before, ALERTS.size())).anyMatch(condition);
    }

    private static Incident await(Predicate<Incident> condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (ALERTS.stream().noneMatch(condition) && System.nanoTime() < deadline) {
            Thread.sleep(20);
        }
        assertThat(ALERTS).anyMatch(condition);
        return ALERTS.stream().filter(condition).findFirst().orElseThrow();
    }

    private static String row(String run) {
        return "[...document.querySelectorAll('#runs tr')].find(tr => tr.querySelector('.name').textContent === "
                + quoted(run) + ")";
    }

    private static String quoted(String text) {
        try {
            return new ObjectMapper().writeValueAsString(text);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The chart of this heading, in sight and drawn. */
    private static JsonNode chart(String panel) {
        String figure =
                "[...document.querySelectorAll('.fs-chart')].find(f => f.querySelector('.fs-chart-title').textContent === "
                        + quoted(panel) + ")";
        chromium.await(figure);
        chromium.driver().executeScript(figure + ".scrollIntoView({block: 'center'})");
        String drawn = "foreshockView().inspect().charts.find(c => c.panel === " + quoted(panel) + " && c.drawn)";
        chromium.await(drawn);
        return chromium.eval(drawn);
    }

    private static void fill(String name, String text) {
        WebElement field = chromium.driver().findElement(By.cssSelector("#dialog [name=" + name + "]"));
        field.clear();
        field.sendKeys(text);
    }

    private static void press(Incident incident, String label) {
        String button = "[data-focus=\"" + label + incident.id() + "\"]";
        chromium.await("document.querySelector(" + quoted(button) + ")");
        chromium.driver().executeScript("document.querySelector(arguments[0]).click()", button);
        chromium.await("document.getElementById('dialog').open");
    }

    private static void submit() {
        chromium.driver().findElement(By.id("dialog-ok")).click();
        chromium.await("!document.getElementById('dialog').open");
    }

    @Test
    void aRunAppearsGrowsAndItsIncidentIsWhereTheLabelSaysAndIsHandled() throws Exception {
        open("/");
        chromium.await("document.getElementById('link').textContent === 'live'");
        report("live", 0, 60);
        chromium.await(row("live") + "?.querySelector('.number').textContent === '59'");
        assertThat(chromium.eval(row("live") + ".querySelector('.state').textContent")
                        .asText())
                .isEqualTo("running");

        chromium.driver().findElement(By.linkText("live")).click();
        chromium.await(
                "window.foreshockView && foreshockView() && foreshockView().inspect().charts.some(c => c.drawn)");
        assertThat(chromium.eval("foreshockView().inspect().range[1]").asDouble())
                .isEqualTo(59);
        report("live", 60, 110);
        chromium.await("foreshockView().inspect().range[1] === 109");
        chromium.await("document.getElementById('head').textContent.includes('step 109')");

        report("live", 110, 250);
        Incident growth = await(incident -> incident.run().equals("live")
                && incident.signature().equals("attention_logit_growth")
                && incident.status() == Incident.Status.OPEN);
        chromium.await("foreshockView().inspect().range[1] === 249");
        JsonNode chart = chart("Attention logits by head");
        JsonNode band = null;
        for (JsonNode one : chart.get("bands")) {
            band = one.get("id").asText().equals(growth.id()) ? one : band;
        }
        assertThat(band).as("bands of %s", chart).isNotNull();
        // Where the label says: on the step axis, and on the screen.
        double onset = 116;
        assertThat(band.get("onset").asDouble()).isCloseTo(onset, within(SLACK));
        double perStep = chart.get("width").asDouble()
                / (chart.at("/range/1").asDouble() - chart.at("/range/0").asDouble());
        double expected = (band.get("onset").asDouble() - chart.at("/range/0").asDouble()) * perStep;
        assertThat(band.get("onsetPx").asDouble()).isCloseTo(expected, within(1.0));

        open("/");
        chromium.await(row("live") + "?.className === 'critical' || " + row("live") + "?.className === 'warning'");
        assertThat(chromium.eval(row("live") + ".querySelector('.first').textContent")
                        .asText())
                .isEqualTo("attention_logit_growth at step " + growth.detectedStep());
        chromium.driver().findElement(By.linkText("attention_logit_growth")).click();
        chromium.await("foreshockView()?.inspect().chosen === " + quoted(growth.id()));

        press(growth, "Acknowledge");
        fill("by", "ana");
        fill("note", "<b>on it</b>");
        submit();
        Incident seen = await(incident -> incident.id().equals(growth.id()) && incident.acknowledged() != null);
        assertThat(seen.acknowledged().by()).isEqualTo("ana");
        assertThat(seen.acknowledged().note()).isEqualTo("<b>on it</b>");
        chromium.await(
                "document.getElementById('seen').textContent === 'attention_logit_growth is acknowledged by ana: <b>on it</b>'");

        press(growth, "Mute");
        assertThat(chromium.eval("document.querySelector('#dialog [name=by]').value")
                        .asText())
                .as("a name is typed once")
                .isEqualTo("ana");
        submit();
        await(incident -> incident.id().equals(growth.id()) && incident.muted());
        chromium.await(
                "/^attention_logit_growth is muted until .* by ana Unmute$/.test(document.getElementById('mutes').textContent)");
        int before = ALERTS.size();
        chromium.driver().executeScript("document.querySelector('.unmute').click()");
        submit();
        Predicate<Incident> told = incident -> incident.id().equals(growth.id()) && !incident.muted();
        awaitAfter(before, told);
        chromium.await("document.getElementById('mutes').textContent === ''");

        report(List.of(StepSample.end("live", 0, RunEnd.FAILED, System.currentTimeMillis())));
        chromium.await("document.querySelector('#head .pill').textContent === 'failed'");
    }

    @Test
    void zoomIsInTheAddressAndBackGoesBack() throws Exception {
        report("zoomed", 0, 200);
        open("/");
        chromium.await(row("zoomed") + "?.querySelector('.number').textContent === '199'");
        openRun("/runs/zoomed");
        chromium.await("foreshockView().inspect().range[1] === 199");
        // The charts follow the address a moment after they are drawn.
        new Actions(chromium.driver()).pause(Duration.ofMillis(1_000)).perform();
        JsonNode chart = chart("Loss");
        int y = chromium.eval(
                                "[...document.querySelectorAll('.fs-chart')].find(f => f.querySelector('.fs-chart-title').textContent === 'Loss')"
                                        + ".querySelector('.u-over').getBoundingClientRect().top")
                        .asInt()
                + 20;
        int left = chart.get("left").asInt();
        int width = chart.get("width").asInt();
        new Actions(chromium.driver())
                .moveToLocation(left + width / 4, y)
                .clickAndHold()
                .moveToLocation(left + width / 2, y + 1)
                .moveToLocation(left + width * 5 / 8, y + 2)
                .release()
                .perform();
        chromium.await("foreshockView().inspect().range[1] < 190 && location.search.startsWith('?from=')");
        JsonNode range = chromium.eval("foreshockView().inspect().range");
        assertThat(range.get(0).asDouble()).as("%s of %s", range, chart).isCloseTo(50, within(4.0));
        assertThat(range.get(1).asDouble()).isCloseTo(125, within(4.0));

        chromium.driver().navigate().back();
        chromium.await("location.search === '' && foreshockView().inspect().range[1] === 199");
    }

    @Test
    void linksLeadToAStepRangeAndToAnIncident() throws Exception {
        report("linked", 0, 250);
        Incident growth = await(incident ->
                incident.run().equals("linked") && incident.signature().equals("attention_logit_growth"));
        open("/");
        chromium.await(row("linked") + "?.querySelector('.number').textContent === '249'");

        openRun("/runs/linked?from=100&to=140");
        chromium.await("foreshockView().inspect().range.join() === '100,140'");
        openRun("/runs/linked?incident=" + growth.id());
        chromium.await("foreshockView().inspect().chosen === " + quoted(growth.id()));
        assertThat(chromium.eval("foreshockView().inspect().range[0]").asDouble())
                .isBetween(1.0, (double) growth.onsetStep());
        assertThat(chromium.eval("location.search").asText()).isEqualTo("?incident=" + growth.id());
    }

    @Test
    void hostileNamesAreText() throws Exception {
        String hostile = "<img src=x onerror=alert(1)>/../%2F?#&\"' ü漢🙂 " + "x".repeat(200);
        String metric = "<script>alert(2)</script>/" + "y".repeat(220);
        List<StepSample> samples = new ArrayList<>();
        for (int step = 0; step < 30; step++) {
            samples.add(StepSample.builder(hostile, step)
                    .ts(System.currentTimeMillis())
                    .metric("loss", 3.0)
                    .metric(metric, step)
                    .build());
            samples.add(StepSample.builder("..", step).metric("loss", 3.0).build());
        }
        report(samples);
        open("/");
        chromium.await(row(hostile) + "?.querySelector('.number').textContent === '29'");
        chromium.await(row("..") + "?.querySelector('.number').textContent === '29'");
        chromium.driver().executeScript(row(hostile) + ".querySelector('a').click()");
        chromium.await(
                "window.foreshockView && foreshockView() && foreshockView().inspect().charts.some(c => c.drawn)");
        assertThat(chromium.eval("document.getElementById('name').textContent").asText())
                .isEqualTo(hostile);
        chromium.await(
                "[...document.querySelectorAll('.fs-chart-title')].some(t => t.textContent.includes('<script>alert(2)'))");
        assertThat(chromium.eval("document.querySelectorAll('main img, main script').length")
                        .asInt())
                .isZero();
        assertThat(chromium.eval("document.documentElement.scrollWidth <= innerWidth")
                        .asBoolean())
                .as("no name makes the page wider than the window")
                .isTrue();

        open("/");
        chromium.await(row(".."));
        chromium.driver().executeScript(row("..") + ".querySelector('a').click()");
        chromium.await("window.foreshockView && foreshockView() && foreshockView().inspect().run === '..'");
    }

    @Test
    void aChangeWithoutTheTokenIsRefusedWithTheReason() throws Exception {
        report("guarded", 0, 250);
        Incident growth = await(incident ->
                incident.run().equals("guarded") && incident.signature().equals("attention_logit_growth"));
        String token = "a-token-for-this-test-alone";
        try (RunPage guarded =
                RunPage.start(new PageSettings(new Endpoint("127.0.0.1", 0), token), stack.page(), Signatures.all())) {
            assertThat(guarded.awaitComplete(PATIENCE)).isTrue();
            chromium.driver().get(guarded.address() + "/runs/guarded?incident=" + growth.id());
            press(growth, "Acknowledge");
            fill("by", "eve");
            fill("token", "not-the-token-at-all");
            chromium.driver().findElement(By.id("dialog-ok")).click();
            chromium.await("document.getElementById('dialog-wrong').textContent.includes('needs the page')");
            assertThat(chromium.errors()).singleElement().asString().contains("403");
            assertThat(ALERTS)
                    .noneMatch(incident -> incident.acknowledged() != null
                            && incident.acknowledged().by().equals("eve"));

            fill("token", token);
            submit();
            await(incident -> incident.id().equals(growth.id()) && incident.acknowledged() != null);
            assertThat(chromium.requests()).noneMatch(url -> url.contains("token-for"));
        }
    }

    /** The page that this test may stop and start again. */
    private static RunPage own(int port) throws Exception {
        RunPage own = RunPage.start(PageSettings.LOOPBACK.withPort(port), stack.page(), Signatures.all());
        assertThat(own.awaitComplete(PATIENCE)).isTrue();
        return own;
    }

    private static void block(String... addresses) {
        chromium.driver().executeCdpCommand("Network.enable", Map.of());
        chromium.driver().executeCdpCommand("Network.setBlockedURLs", Map.of("urls", List.of(addresses)));
    }

    /** Makes what the page keeps of the run, unpacked, known to scripts as {@code kept}. */
    static void unpack(Chromium browser) {
        browser.driver().executeAsyncScript("""
                const done = arguments[arguments.length - 1];
                window.kept = document.querySelector(".fs-chart").chart.view.run;
                Promise.all([...kept.metrics.values()].map(entry => kept.timeline(entry))).then(() => done());
                """);
    }

    /** What the page keeps of the run: each bucket of each metric, and what is said of the whole. */
    private static JsonNode kept() {
        unpack(chromium);
        return chromium.eval("""
                (() => {
                  const {rows, first_ts, last_ts, end, attempts} = kept;
                  const metrics = {};
                  for (const {name, timeline: t} of kept.metrics.values()) {
                    const some = (array, each) => [...array.subarray(0, t.count * each)];
                    metrics[name] = {first: some(t.first, 1), last: some(t.last, 1), rows: some(t.rows, 1), attempts: some(t.attempts, 1),
                      values: some(t.values, 4 * t.series), marks: some(t.marks, t.series)};
                  }
                  return {rows, first_ts, last_ts, end, attempts, metrics};
                })()""");
    }

    @Test
    void whatGrewBeforeOnesEyesIsWhatIsSeenWhenThePageIsLoadedAnew() throws Exception {
        report("grown", 0, 50);
        open("/");
        chromium.await(row("grown") + "?.querySelector('.number').textContent === '49'");
        openRun("/runs/grown");
        report(List.of(StepSample.end("grown", 0, RunEnd.FINISHED, System.currentTimeMillis())));
        chromium.await("document.querySelector('#head .pill').textContent === 'finished'");
        report("grown", 50, 80);
        chromium.await("foreshockView().inspect().range[1] === 79");
        // Evaluations that took their time, one of a metric that is new.
        List<StepSample> late = new ArrayList<>();
        for (int step = 30; step < 70; step += 10) {
            late.add(StepSample.builder("grown", step)
                    .ts(System.currentTimeMillis())
                    .metric("custom/late", step == 50 ? Double.NaN : 2.5)
                    .build());
        }
        report(late);
        report("grown", 80, 90);
        chromium.await("foreshockView().inspect().range[1] === 89");
        chromium.await(
                "[...document.querySelector('.fs-chart').chart.view.run.metrics.values()].some(m => m.name === 'custom/late')");
        JsonNode live = kept();
        assertThat(live.get("rows").asInt()).isEqualTo(90 + 4);
        assertThat(live.at("/metrics/custom~1late/first").toString()).isEqualTo("[30,40,50,60]");
        assertThat(live.get("end").isNull()).as("it goes on").isTrue();

        openRun("/runs/grown");
        chromium.await("foreshockView().inspect().range[1] === 89");
        assertThat(kept()).isEqualTo(live);
    }

    @Test
    void whatCannotBeLoadedAgainIsSaidAndTriedAgainAndNothingIsAppendedToWhatIsOld() throws Exception {
        report("restarted", 0, 100);
        RunPage own = own(0);
        int port = URI.create(own.address()).getPort();
        try {
            chromium.driver().get(own.address() + "/runs/restarted");
            chromium.await("window.foreshockView && foreshockView() && foreshockView().inspect().range[1] === 99");

            own.close();
            chromium.await("document.getElementById('link').textContent === 'connection lost, trying again'");
            report("restarted", 100, 110);
            block("*/restarted/view");
            own = own(port);
            chromium.await("document.getElementById('empty').textContent"
                    + " === 'What is shown may be old, trying again: Failed to fetch'");
            assertThat(chromium.eval("document.getElementById('empty').checkVisibility()")
                            .asBoolean())
                    .isTrue();
            report("restarted", 110, 120);
            chromium.driver().executeScript("""
                    window.told = 0;
                    (async () => {
                      while (told < 119) told = (await (await fetch("/api/v1/runs/restarted")).json()).last_step;
                    })();
                    """);
            chromium.await("told === 119");
            assertThat(chromium.eval("foreshockView().inspect().range[1]").asInt())
                    .as("what comes now would come after a gap")
                    .isEqualTo(99);

            block();
            chromium.await("foreshockView().inspect().range[1] === 119");
            chromium.await("document.getElementById('link').textContent === 'live'");
            chromium.await("document.getElementById('empty').hidden");
            assertThat(kept().get("rows").asInt()).isEqualTo(120);
            report("restarted", 120, 130);
            chromium.await("foreshockView().inspect().range[1] === 129");
            assertThat(kept().get("rows").asInt()).isEqualTo(130);
            assertThat(chromium.errors()).as("of the network alone").allMatch(said -> said.contains("net::ERR_"));
        } finally {
            block();
            own.close();
        }
        open("/");
        chromium.errors();
    }

    @Test
    void aTabThatIsThereBeforeTheRunComesUpByItself() throws Exception {
        open("/runs/early");
        chromium.await("document.getElementById('empty').textContent.startsWith("
                + "'The run cannot be shown, trying again: no run of this name has been judged')");
        report("early", 0, 30);
        chromium.await("foreshockView() && foreshockView().inspect().range[1] === 29");
        chromium.await("document.getElementById('empty').hidden");
        assertThat(chromium.errors()).isNotEmpty().allMatch(said -> said.contains("404"));
    }

    /** What is left after so many reloads, when all that nobody needs is gone. */
    private static JsonNode reloaded(int times) {
        for (int i = 0; i < times; i++) {
            chromium.driver().executeScript("""
                    window.before = foreshockView();
                    dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
                    """);
            chromium.await("foreshockView() !== before");
            // Rows are on their way to what is drawn when it is taken away.
            chromium.driver()
                    .executeScript(
                            "foreshockView().append([]); window.ready = null; foreshockView().ready.then(() => { ready = true; })");
            chromium.await("ready && document.getElementById('link').textContent === 'live'");
        }
        chromium.driver().executeCdpCommand("HeapProfiler.collectGarbage", Map.of());
        return new ObjectMapper().valueToTree(chromium.driver().executeCdpCommand("Memory.getDOMCounters", Map.of()));
    }

    @Test
    void aPageThatIsTakenAnewManyTimesHoldsWhatItHeldOnce() throws Exception {
        report("anew", 0, 200);
        try (RunPage own = own(0)) {
            chromium.driver().get(own.address() + "/runs/anew");
            chromium.await("window.foreshockView && foreshockView() && foreshockView().inspect().range[1] === 199");
            JsonNode few = reloaded(3);
            JsonNode many = reloaded(20);

            assertThat(many.get("nodes").asInt())
                    .isLessThanOrEqualTo(few.get("nodes").asInt());
            assertThat(many.get("jsEventListeners").asInt())
                    .isLessThanOrEqualTo(few.get("jsEventListeners").asInt());
            assertThat(chromium.eval("document.querySelector('.fs-chart').chart.view.number")
                            .asInt())
                    .as("names that uPlot keeps for good")
                    .isEqualTo(1);
            chromium.driver().executeScript("""
                    window.browsers = 0;
                    (async () => {
                      while (browsers !== 1) browsers = (await (await fetch("/api/v1/health")).json()).browsers;
                    })();
                    """);
            chromium.await("browsers === 1");
        }
        open("/");
        chromium.errors();
    }
}
