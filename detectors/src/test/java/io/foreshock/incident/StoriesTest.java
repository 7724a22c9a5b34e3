package io.foreshock.incident;

import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.detect.nonfinite.NonFinite;
import io.foreshock.incident.Incident.Status;
import io.foreshock.statistics.Written;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StoriesTest {
    private static final List<Signature> SIGNATURES = List.of(
            named("attention_logit_growth", "Attention logits grow"),
            named("grad_norm_spike", "Gradient norm spikes"),
            named("loss_spike", "Loss spikes"),
            named("loss_divergence", "Loss diverges"),
            named("kl_blowup", "KL runs away"),
            named("optimizer_reset", "Optimizer state was lost"));

    private Stories stories = new Stories(SIGNATURES);
    private final List<Incident> told = new ArrayList<>();

    private static Signature named(String slug, String title) {
        return Signature.named(slug, title).detectedBy(NonFinite.Config.DEFAULT, NonFinite::new);
    }

    private Incident tell(String slug, Severity severity, Status status, long onset, long detected, long step) {
        int before = told.size();
        String id = Incident.id("run", 0, slug, slug, onset);
        Incident change = new Incident(
                id,
                "run",
                0,
                slug,
                slug,
                1,
                severity,
                status,
                onset,
                detected,
                step,
                -1,
                2,
                1,
                "1",
                null,
                slug + " shows",
                List.of(),
                Story.begunBy(id, severity),
                "",
                Incident.Window.EMPTY);
        stories.tell(change, step, told::add);
        return told.get(before);
    }

    private Incident open(String slug, Severity severity, long onset, long step) {
        return tell(slug, severity, Status.OPEN, onset, step, step);
    }

    private Incident warn(String slug, long onset, long step) {
        return open(slug, Severity.WARNING, onset, step);
    }

    private Incident resolve(String slug, long onset, long detected, long step) {
        return tell(slug, Severity.WARNING, Status.RESOLVED, onset, detected, step);
    }

    @Test
    void logitsThenGradientThenLossAreOneStoryThatCallsOnce() {
        Incident logits = warn("attention_logit_growth", 900, 1_000);
        Incident gradient = warn("grad_norm_spike", 1_180, 1_180);
        Incident loss = warn("loss_spike", 1_182, 1_183);

        assertThat(logits.cause()).isNull();
        assertThat(gradient.cause()).isEqualTo(logits.id());
        assertThat(loss.cause()).as("the nearest").isEqualTo(gradient.id());
        assertThat(told).extracting(change -> change.story().root()).containsOnly(logits.id());
        assertThat(told).extracting(Incident::pages).containsExactly(true, false, false);
        assertThat(told).as("nothing graver, nothing told again").hasSize(3);
    }

    @Test
    void rootTellsTheStoryWhenAConsequenceIsGraverThanAllOfIt() {
        warn("attention_logit_growth", 900, 1_000);
        warn("grad_norm_spike", 1_180, 1_180);
        Incident loss = open("loss_divergence", Severity.CRITICAL, 1_240, 1_250);

        assertThat(loss.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(loss.pages()).isFalse();
        Incident root = told.get(3);
        assertThat(root.signature()).isEqualTo("attention_logit_growth");
        assertThat(root.status()).isEqualTo(Status.UPDATED);
        assertThat(root.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(root.pages()).isTrue();
        assertThat(root.step()).isEqualTo(1_250);
        assertThat(root.summary())
                .isEqualTo("Attention logits grow since step 900, then gradient norm spikes since step 1,180, then loss"
                        + " diverges since step 1,240");
        assertThat(root.story().consequences())
                .extracting(Story.Consequence::signature)
                .containsExactly("grad_norm_spike", "loss_divergence");

        tell("loss_divergence", Severity.CRITICAL, Status.UPDATED, 1_240, 1_250, 1_260);
        open("loss_spike", Severity.CRITICAL, 1_262, 1_262);
        assertThat(told).as("as grave as before is no news").hasSize(6);
    }

    @Test
    void consequenceThatBecomesGraverIsToldToo() {
        warn("attention_logit_growth", 900, 1_000);
        warn("loss_divergence", 1_240, 1_250);
        tell("loss_divergence", Severity.CRITICAL, Status.UPDATED, 1_240, 1_250, 1_300);

        assertThat(told).hasSize(4);
        assertThat(told.get(3).severity()).isEqualTo(Severity.CRITICAL);
        assertThat(told.get(3).summary())
                .isEqualTo("Attention logits grow since step 900, then loss diverges since step 1,240");
    }

    @Test
    void repeatedConsequencesAreCounted() {
        warn("attention_logit_growth", 900, 1_000);
        for (long step = 1_100; step < 1_600; step += 100) {
            warn("grad_norm_spike", step, step);
            resolve("grad_norm_spike", step, step, step + 12);
        }
        open("loss_divergence", Severity.CRITICAL, 1_590, 1_600);

        assertThat(told.get(told.size() - 1).summary())
                .isEqualTo("Attention logits grow since step 900, then gradient norm spikes from step 1,100 to 1,512"
                        + " (5 times), then loss diverges since step 1,590");
    }

    @Test
    void rootThatEndsFirstSaysWhatGoesOn() {
        warn("attention_logit_growth", 900, 1_000);
        warn("loss_divergence", 1_240, 1_250);
        Incident end = resolve("attention_logit_growth", 900, 1_000, 1_260);

        assertThat(end.status()).isEqualTo(Status.RESOLVED);
        assertThat(end.severity()).isEqualTo(Severity.WARNING);
        assertThat(end.summary())
                .isEqualTo("Attention logits grow from step 900 to 1,260, then loss diverges since step 1,240");
    }

    @Test
    void causeThatEndedShortlyBeforeExplainsAndLaterDoesNot() {
        Incident gradient = warn("grad_norm_spike", 100, 100);
        resolve("grad_norm_spike", 100, 100, 112);

        Incident soon = warn("loss_spike", 144, 144);
        assertThat(soon.cause()).isEqualTo(gradient.id());
        assertThat(soon.pages()).isFalse();
        resolve("loss_spike", 144, 144, 156);

        assertThat(warn("loss_spike", 200, 200).cause()).isNull();
    }

    @Test
    void graverThanAStoryWhoseRootIsOverCallsAgain() {
        warn("grad_norm_spike", 100, 100);
        resolve("grad_norm_spike", 100, 100, 112);

        assertThat(open("loss_divergence", Severity.CRITICAL, 120, 120).pages()).isTrue();
    }

    @Test
    void whatBeganLaterAndWasNotSeenBeforeIsNoCause() {
        warn("grad_norm_spike", 105, 110);
        Incident loss = warn("loss_spike", 100, 110);

        assertThat(loss.cause()).isNull();
        assertThat(loss.pages()).isTrue();
    }

    @Test
    void whatIsNotKnownToBringItAboutIsNoCause() {
        warn("attention_logit_growth", 100, 100);

        assertThat(warn("kl_blowup", 120, 120).cause()).isNull();
    }

    @Test
    void informationDoesNotCallAndWhatSomebodyChangedExplainsWithoutHeadingTheStory() {
        Incident reset = open("optimizer_reset", Severity.INFO, 500, 500);
        Incident loss = warn("loss_spike", 505, 510);

        assertThat(reset.pages()).isFalse();
        assertThat(loss.cause()).isEqualTo(reset.id());
        assertThat(loss.story().root()).isEqualTo(loss.id());
        assertThat(loss.pages()).isTrue();
    }

    @Test
    void warningExplainsBetterThanAChange() {
        Incident logits = warn("attention_logit_growth", 400, 450);
        open("optimizer_reset", Severity.INFO, 500, 500);

        assertThat(warn("loss_spike", 505, 510).cause()).isEqualTo(logits.id());
    }

    @Test
    void harmlessIncidentExplainsNothing() {
        open("grad_norm_spike", Severity.INFO, 500, 500);

        assertThat(warn("loss_spike", 501, 501).cause()).isNull();
    }

    @Test
    void goesOnAfterItWasWrittenDown() {
        Incident logits = warn("attention_logit_growth", 900, 1_000);
        warn("grad_norm_spike", 1_180, 1_180);
        stories = Written.andRead(stories, new Stories(SIGNATURES));
        open("loss_divergence", Severity.CRITICAL, 1_240, 1_250);

        assertThat(told.get(3).id()).isEqualTo(logits.id());
        assertThat(told.get(3).summary()).startsWith("Attention logits grow since step 900, then gradient norm spikes");
    }
}
