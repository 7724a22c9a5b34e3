package io.foreshock.topics;

import io.foreshock.settings.Glob;
import io.foreshock.settings.Spelling;
import io.foreshock.wire.EventReader;
import io.foreshock.wire.Excerpt;
import io.foreshock.wire.Parsed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Which runs of the telemetry topic are meant: by id, or by a pattern with {@code *} for any characters and {@code ?}
 * for one. A record belongs to the run of its key, and to the run of its body where it has no key, as in the job; what
 * the job rejects of a run belongs to it, too.
 *
 * <p>It remembers the runs it has met, so that an id that none has can be answered with those there are.
 */
public final class RunChoice implements Predicate<ConsumerRecord<byte[], byte[]>> {
    /** Runs remembered; beyond them an answer is a little less helpful. */
    private static final int REMEMBERED = 20_000;

    /** Runs that a message lists. */
    private static final int LISTED = 8;

    private final List<String> patterns;
    private final Set<String> found = new LinkedHashSet<>();
    private final Set<String> others = new TreeSet<>();
    private final Map<ByteBuffer, Boolean> byKey = new HashMap<>();
    private final EventReader reader = new EventReader();

    /** @param patterns ids or patterns, not empty */
    public RunChoice(List<String> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /** True if the record is of one of the runs. */
    @Override
    public boolean test(ConsumerRecord<byte[], byte[]> record) {
        byte[] key = record.key();
        if (key == null || key.length == 0) {
            return meet(runOf(record));
        }
        // Nearly every record has the key of one before it.
        Boolean known = byKey.get(ByteBuffer.wrap(key));
        if (known == null) {
            known = meet(new String(key, StandardCharsets.UTF_8));
            if (byKey.size() < REMEMBERED) {
                byKey.put(ByteBuffer.wrap(key), known);
            }
        }
        return known;
    }

    private String runOf(ConsumerRecord<byte[], byte[]> record) {
        Parsed parsed = reader.read(null, record.value(), record.partition(), record.offset(), record.timestamp());
        return parsed instanceof Parsed.Sample read
                ? read.sample().run()
                : ((Parsed.Refused) parsed).rejected().run();
    }

    private boolean meet(String run) {
        boolean chosen = false;
        for (String pattern : patterns) {
            if (Glob.matches(pattern, run)) {
                chosen = true;
                found.add(pattern);
            }
        }
        if (!chosen && !run.isEmpty() && others.size() < REMEMBERED) {
            others.add(run);
        }
        return chosen;
    }

    /** For each id or pattern that no record met so far is of, a sentence that says so and which runs there are. */
    public List<String> unmet() {
        List<String> unmet = new ArrayList<>();
        for (String pattern : patterns) {
            if (!found.contains(pattern)) {
                String hint = Excerpt.sentence(Spelling.hint(pattern, others));
                unmet.add("no event is of run " + pattern + hint + (hint.isEmpty() ? "; there " : " There ")
                        + runs(pattern));
            }
        }
        return unmet;
    }

    /** First those in whose names it is a part. */
    private String runs(String pattern) {
        if (others.isEmpty()) {
            return "are no events of other runs either";
        }
        String listed = String.join(
                ", ",
                others.stream()
                        .sorted(Comparator.comparing(run -> !run.contains(pattern)))
                        .limit(LISTED)
                        // A key may hold anything.
                        .map(Excerpt::plain)
                        .toList());
        int more = others.size() - LISTED;
        return "are events of " + listed + (more > 0 ? " and " + more + " more" : "");
    }
}
