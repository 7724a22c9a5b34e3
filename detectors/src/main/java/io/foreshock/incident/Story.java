package io.foreshock.incident;

import io.foreshock.detect.Severity;
import io.foreshock.state.Archive;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An incident's part in what happens to its run: what it follows from, and what follows from it.
 *
 * @param cause id of the incident that explains this one, or null
 * @param root id of the first incident of the story; the incident's own where it begins one
 * @param pages whether a person is to be called: false for information, and for what follows from an incident that called
 *     already
 * @param consequences what followed from a root, a signature each, in the order in which they were first detected
 */
public record Story(@Nullable String cause, String root, boolean pages, List<Consequence> consequences) {
    public Story {
        consequences = List.copyOf(consequences);
    }

    /** A story that begins with the incident of this id. */
    public static Story begunBy(String id, Severity severity) {
        return new Story(null, id, severity != Severity.INFO, List.of());
    }

    /**
     * What followed from an incident: all incidents of one signature.
     *
     * @param id of the latest
     * @param signature slug
     * @param count how many there were, {@code >= 1}
     * @param severity the highest they reached
     * @param onsetStep onset of the first
     * @param detectedStep step at which the first was detected
     * @param endStep step at which the latest was resolved, or -1 while it is open
     */
    public record Consequence(
            String id,
            String signature,
            int count,
            Severity severity,
            long onsetStep,
            long detectedStep,
            long endStep) {

        private static final Consequence NONE = new Consequence("", "", 0, Severity.INFO, 0, 0, 0);

        private Consequence persist(Archive archive) throws IOException {
            return new Consequence(
                    archive.word(id),
                    archive.word(signature),
                    archive.count(count),
                    archive.constant(severity, Severity.values()),
                    archive.whole(onsetStep),
                    archive.whole(detectedStep),
                    archive.whole(endStep));
        }
    }

    Severity gravestConsequence() {
        Severity gravest = Severity.INFO;
        for (Consequence consequence : consequences) {
            gravest = graver(gravest, consequence.severity);
        }
        return gravest;
    }

    boolean goesOn() {
        return consequences.stream().anyMatch(consequence -> consequence.endStep < 0);
    }

    /** The same with what this change of a consequence adds to it. */
    Story with(Incident change) {
        List<Consequence> all = new ArrayList<>(consequences);
        long end = change.status() == Incident.Status.RESOLVED ? change.step() : -1;
        for (int i = 0; i < all.size(); i++) {
            Consequence one = all.get(i);
            if (one.signature.equals(change.signature())) {
                all.set(
                        i,
                        new Consequence(
                                change.id(),
                                one.signature,
                                one.count + (one.id.equals(change.id()) ? 0 : 1),
                                graver(one.severity, change.severity()),
                                one.onsetStep,
                                one.detectedStep,
                                end));
                return new Story(cause, root, pages, all);
            }
        }
        all.add(new Consequence(
                change.id(), change.signature(), 1, change.severity(), change.onsetStep(), change.detectedStep(), end));
        return new Story(cause, root, pages, all);
    }

    static Severity graver(Severity one, Severity other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    Story persist(Archive archive) throws IOException {
        String heldCause = archive.text(cause);
        String heldRoot = archive.word(root);
        boolean heldPages = archive.flag(pages);
        int count = archive.count(consequences.size());
        List<Consequence> held = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            held.add((archive.reads() ? Consequence.NONE : consequences.get(i)).persist(archive));
        }
        return new Story(heldCause, heldRoot, heldPages, held);
    }
}
