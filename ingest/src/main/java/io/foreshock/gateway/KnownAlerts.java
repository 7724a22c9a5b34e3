package io.foreshock.gateway;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The latest record of each incident, by run, for those who listen. Records come from the topic of alerts, which is the memory:
 * this holds what fits, the runs that changed last.
 */
public final class KnownAlerts {
    private static final int RUNS = 2_000;
    private static final int INCIDENTS = 1_000;

    /** By run, the one that changed longest ago first; each by incident, in the same order. */
    private final LinkedHashMap<String, LinkedHashMap<String, Told>> runs = new LinkedHashMap<>();

    private long version;

    private record Told(long version, byte[] json) {}

    /**
     * What is new to a listener.
     *
     * @param version to be asked with the next time
     * @param records alerts as on the topic, in the order of their changes
     */
    record News(long version, List<byte[]> records) {}

    /**
     * A record of the topic.
     *
     * @param incident its key
     * @param json its value, one line; given up by the caller
     */
    public synchronized void record(String run, String incident, byte[] json) {
        LinkedHashMap<String, Told> incidents = runs.remove(run);
        if (incidents == null) {
            incidents = new LinkedHashMap<>();
        }
        runs.put(run, incidents);
        incidents.remove(incident);
        incidents.put(incident, new Told(++version, json));
        dropEldest(incidents, INCIDENTS);
        dropEldest(runs, RUNS);
        notifyAll();
    }

    private static void dropEldest(Map<String, ?> map, int most) {
        Iterator<String> eldest = map.keySet().iterator();
        while (map.size() > most) {
            eldest.next();
            eldest.remove();
        }
    }

    /**
     * What changed in a run after a version, 0 for all that is known; waits for something, so long at most. A change of another
     * run may end the wait with nothing.
     */
    synchronized News since(String run, long known, long patienceMillis) throws InterruptedException {
        List<byte[]> records = new ArrayList<>();
        collect(run, known, records);
        if (records.isEmpty()) {
            TimeUnit.MILLISECONDS.timedWait(this, patienceMillis);
            collect(run, known, records);
        }
        return new News(version, records);
    }

    private void collect(String run, long known, List<byte[]> records) {
        LinkedHashMap<String, Told> incidents = runs.get(run);
        if (incidents != null) {
            for (Told told : incidents.values()) {
                if (told.version() > known) {
                    records.add(told.json());
                }
            }
        }
    }
}
