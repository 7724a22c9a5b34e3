package io.foreshock.notify;

import io.foreshock.board.BoardRun;
import io.foreshock.board.InForce;
import io.foreshock.board.RunBoard;
import io.foreshock.board.RunLine;
import io.foreshock.detect.Severity;
import io.foreshock.incident.Incident;
import io.foreshock.incident.Incident.Status;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What is worth telling: warnings and critical incidents, as the board has them. Thread-safe. */
public final class Concerns implements RunBoard.Listener {
    /** In milliseconds. */
    private static final long NEW = 60_000;

    private static final int MOST_OPEN = 20_000;

    private final RunBoard board;
    private final InForce inForce;
    private final @Nullable URI page;
    private final LongSupplier clock;
    /** When each incident that is open or new was told first, by id; the oldest are forgotten. */
    private final Map<String, Long> opened = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            // What a run leaves open when it ends is never told again.
            return size() > MOST_OPEN;
        }
    });

    /**
     * @param page address of the run page, or null
     * @param clock epoch milliseconds
     */
    public Concerns(RunBoard board, InForce inForce, @Nullable URI page, LongSupplier clock) {
        this.board = board;
        this.inForce = inForce;
        this.page = page;
        this.clock = clock;
    }

    @Override
    public void incident(Incident change, long recorded, boolean before) {
        if (change.status() != Status.RESOLVED) {
            opened.putIfAbsent(change.id(), recorded);
        }
    }

    /** All of them, those of a run in the order in which they opened. */
    List<Concern> list() {
        long now = clock.getAsLong();
        List<Concern> concerns = new ArrayList<>();
        for (RunLine line : board.lines()) {
            Map<String, String> labels = inForce.settings().labels(line.run());
            List<Incident> incidents = board.ask(line.run(), Concerns::incidents);
            for (Incident incident : incidents == null ? List.<Incident>of() : incidents) {
                long since = opened.getOrDefault(incident.id(), now);
                boolean isNew = opened.containsKey(incident.id()) && now - since < NEW;
                if (incident.status() == Status.RESOLVED && !isNew) {
                    opened.remove(incident.id());
                }
                if (incident.severity() != Severity.INFO) {
                    concerns.add(new Concern(
                            incident, line.standing(), !line.hasLeft(now), isNew, since, labels, page(incident)));
                }
            }
        }
        return concerns;
    }

    private static List<Incident> incidents(BoardRun run) {
        return List.copyOf(run.incidents().values());
    }

    private String page(Incident incident) {
        if (page == null) {
            return "";
        }
        String base = page.toString();
        return (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + "/runs/"
                + URLEncoder.encode(incident.run(), StandardCharsets.UTF_8).replace("+", "%20") + "?incident="
                + incident.id();
    }
}
