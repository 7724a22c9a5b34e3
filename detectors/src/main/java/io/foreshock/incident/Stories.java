package io.foreshock.incident;

import io.foreshock.detect.Severity;
import io.foreshock.detect.Signature;
import io.foreshock.incident.Incident.Status;
import io.foreshock.incident.Story.Consequence;
import io.foreshock.state.Archive;
import io.foreshock.state.State;
import io.foreshock.statistics.Course;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Links the incidents of one run to their causes, so that what follows from one another is one story, headed by its first
 * cause, and calls a person once.
 *
 * <p><b>Cause.</b> When an incident opens, its cause is the one that was detected last among those that can bring it about
 * ({@link Causes}), belong to the same attempt, are open or were resolved at most {@value #SHORTLY} rows ago, and began
 * no later than it or were detected before it. Only where no warning explains it, what somebody changed about the run
 * does, while that lasts. The link is made once: what is detected later does not become a cause.
 *
 * <p><b>Root.</b> The cause's root, or the incident itself where it has no cause, or information for one. The root calls;
 * what follows does not, unless its root is muted, or is resolved and it is graver than all its story has said.
 *
 * <p><b>When it gets worse.</b> A consequence that is graver than everything the story has said so far makes the root tell
 * of it: an update with that severity and the story in its summary. The consequence keeps a severity of its own. A root
 * that is resolved while something that followed from it goes on says so.
 *
 * <p>Remembered is the last incident of each signature.
 */
public final class Stories implements State {
    /** Rows after its end for which an incident explains another: as long as its rows are part of a course. */
    private static final int SHORTLY = Course.LENGTH;

    private final Map<String, String> titles = new HashMap<>();

    /** By slug. */
    private final Map<String, Chapter> chapters = new TreeMap<>();

    /** @param signatures whose titles are words of the story */
    public Stories(Collection<Signature> signatures) {
        signatures.forEach(signature -> titles.put(signature.slug(), signature.title()));
    }

    /**
     * Tells a change of an incident as part of its story, and what it changes about the head of it.
     *
     * @param change as its lifecycle has it
     * @param row number of the row it comes with
     */
    public void tell(Incident change, long row, Consumer<Incident> out) {
        Chapter known = chapters.get(change.signature());
        Chapter chapter = known != null && change.status() != Status.OPEN ? known : new Chapter();
        if (chapter != known) {
            chapter.told = change.with(begin(change, row));
            chapters.put(change.signature(), chapter);
        } else {
            chapter.told = change.with(chapter.told.story());
        }
        chapter.endRow = change.status() == Status.RESOLVED ? row : Chapter.OPEN;
        Chapter root = root(chapter);
        if (root == null || root == chapter || change.severity() == Severity.INFO) {
            out.accept(asTold(chapter.told));
            return;
        }
        Severity before = gravest(root);
        root.told = root.told.with(root.told.story().with(change));
        out.accept(asTold(chapter.told));
        if (gravest(root).compareTo(before) > 0 && root.endRow == Chapter.OPEN) {
            root.told = root.told.at(Status.UPDATED, change.step(), change.ts());
            out.accept(asTold(root.told));
        }
    }

    private Story begin(Incident opened, long row) {
        Story own = Story.begunBy(opened.id(), opened.severity());
        Chapter cause = cause(opened, row);
        if (cause == null) {
            return own;
        }
        Chapter root = root(cause);
        if (root == null || cause.told.severity() == Severity.INFO) {
            return new Story(cause.told.id(), own.root(), own.pages(), List.of());
        }
        boolean graver = root.endRow != Chapter.OPEN && opened.severity().compareTo(gravest(root)) > 0;
        // Of a muted root nobody was told.
        boolean unheard = root.told.muted() && own.pages();
        return new Story(cause.told.id(), root.told.id(), graver || unheard, List.of());
    }

    private @Nullable Chapter cause(Incident opened, long row) {
        Chapter cause = null;
        for (String slug : Causes.of(opened.signature())) {
            Chapter candidate = chapters.get(slug);
            if (candidate != null
                    && explains(candidate, opened, row)
                    && (cause == null || isNearer(candidate, cause))) {
                cause = candidate;
            }
        }
        return cause;
    }

    private static boolean explains(Chapter candidate, Incident opened, long row) {
        Incident told = candidate.told;
        boolean open = candidate.endRow == Chapter.OPEN;
        boolean may = told.severity() == Severity.INFO
                ? open && Causes.isContext(told.signature())
                : open || row - candidate.endRow <= SHORTLY;
        return may
                && told.attempt() == opened.attempt()
                && (told.onsetStep() <= opened.onsetStep() || told.detectedStep() < opened.detectedStep());
    }

    private static boolean isNearer(Chapter candidate, Chapter cause) {
        boolean serious = candidate.told.severity() != Severity.INFO;
        boolean seriousCause = cause.told.severity() != Severity.INFO;
        return serious == seriousCause ? candidate.told.detectedStep() > cause.told.detectedStep() : serious;
    }

    /** The head of the story, or null if another incident of its signature has come since. */
    private @Nullable Chapter root(Chapter chapter) {
        String id = chapter.told.story().root();
        for (Chapter one : chapters.values()) {
            if (one.told.id().equals(id)) {
                return one;
            }
        }
        return null;
    }

    private static Severity gravest(Chapter root) {
        return Story.graver(root.told.severity(), root.told.story().gravestConsequence());
    }

    /** As it is told: a root speaks for its consequences where they are graver, or outlast it. */
    private Incident asTold(Incident incident) {
        Severity consequence = incident.story().gravestConsequence();
        boolean graver = consequence.compareTo(incident.severity()) > 0;
        boolean outlasted =
                incident.status() == Status.RESOLVED && incident.story().goesOn();
        return graver || outlasted
                ? incident.as(Story.graver(consequence, incident.severity()), story(incident))
                : incident;
    }

    /** The story in the order in which it was detected. */
    private String story(Incident root) {
        List<String> parts = new ArrayList<>();
        long end = root.status() == Status.RESOLVED ? root.step() : -1;
        parts.add(part(root.signature(), 1, root.onsetStep(), end));
        for (Consequence one : root.story().consequences()) {
            parts.add(inner(part(one.signature(), one.count(), one.onsetStep(), one.endStep())));
        }
        return String.join(", then ", parts);
    }

    private String part(String signature, int count, long from, long to) {
        String title = titles.getOrDefault(signature, signature);
        String times = count > 1 ? String.format(Locale.ROOT, " (%,d times)", count) : "";
        return to < 0
                ? String.format(Locale.ROOT, "%s since step %,d%s", title, from, times)
                : String.format(Locale.ROOT, "%s from step %,d to %,d%s", title, from, to, times);
    }

    /** As it is written within a sentence; names in capitals stay. */
    private static String inner(String title) {
        boolean name = title.length() > 1 && Character.isUpperCase(title.charAt(1));
        return name ? title : title.substring(0, 1).toLowerCase(Locale.ROOT) + title.substring(1);
    }

    @Override
    public void persist(Archive archive) throws IOException {
        List<Chapter> all = new ArrayList<>(chapters.values());
        archive.each(all, Chapter::new);
        chapters.clear();
        all.forEach(chapter -> chapters.put(chapter.told.signature(), chapter));
    }

    /** An incident as its lifecycle has it, with its part in the story. */
    private static final class Chapter implements State {
        private static final long OPEN = -1;

        private Incident told = Incident.BLANK;
        private long endRow = OPEN;

        @Override
        public void persist(Archive archive) throws IOException {
            told = told.persist(archive);
            endRow = archive.whole(endRow);
        }
    }
}
