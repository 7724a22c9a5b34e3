package io.foreshock.terminal;

import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What followed from what in a run, a line a story: its first cause, then its consequences in the order of detection. */
public final class StoryText {
    private StoryText() {}

    /**
     * The stories of more than one incident.
     *
     * @param incidents the last state of each incident of a run, in the order in which they opened
     */
    public static List<String> of(Collection<Incident> incidents) {
        Map<String, Map<String, List<Incident>>> stories = new LinkedHashMap<>();
        for (Incident incident : incidents) {
            if (incident.severity() != Severity.INFO) {
                stories.computeIfAbsent(incident.story().root(), root -> new LinkedHashMap<>())
                        .computeIfAbsent(incident.signature(), slug -> new ArrayList<>())
                        .add(incident);
            }
        }
        List<String> lines = new ArrayList<>();
        for (Map<String, List<Incident>> story : stories.values()) {
            if (story.size() > 1) {
                String run = story.values().iterator().next().get(0).run();
                lines.add(Words.safe(run) + ": "
                        + String.join(
                                " -> ",
                                story.values().stream().map(StoryText::part).toList()));
            }
        }
        return lines;
    }

    private static String part(List<Incident> alike) {
        Incident first = alike.get(0);
        String times = alike.size() > 1 ? ", " + Words.step(alike.size()) + " times" : "";
        return Words.safe(first.signature()) + " from step " + Words.step(first.onsetStep()) + " (found at "
                + Words.step(first.detectedStep()) + times + ")";
    }
}
