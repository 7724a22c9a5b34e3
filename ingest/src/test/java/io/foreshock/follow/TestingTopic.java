package io.foreshock.follow;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A topic in memory, whose broker takes and acknowledges when the test says so. It outlives the followers. */
final class TestingTopic {
    private record Stored(String key, String value) {}

    private record InFlight(byte[] key, byte[] value, Outlet.Receipt receipt) {}

    private final List<List<Stored>> partitions = new ArrayList<>();
    String id = "topic-1";

    TestingTopic(int partitions) {
        for (int i = 0; i < partitions; i++) {
            this.partitions.add(new ArrayList<>());
        }
    }

    /** The events of a run, in order. */
    List<String> events(String run) {
        return partitions.get(partition(run.getBytes(UTF_8))).stream()
                .filter(stored -> stored.key().equals(run))
                .map(Stored::value)
                .toList();
    }

    int size() {
        return partitions.stream().mapToInt(List::size).sum();
    }

    void clear() {
        partitions.forEach(List::clear);
    }

    private int partition(byte[] key) {
        return Math.floorMod(java.util.Arrays.hashCode(key), partitions.size());
    }

    private long store(byte[] key, byte[] value) {
        List<Stored> partition = partitions.get(partition(key));
        partition.add(new Stored(new String(key, UTF_8), new String(value, UTF_8)));
        return partition.size() - 1L;
    }

    /** One process's connection. */
    final class Connection implements Outlet {
        private final Deque<InFlight> inFlight = new ArrayDeque<>();
        boolean failing;

        @Override
        public String id() {
            return id;
        }

        @Override
        public Map<Integer, Long> read(Map<Integer, Long> from, Reading each) {
            Map<Integer, Long> ends = new HashMap<>();
            for (int p = 0; p < partitions.size(); p++) {
                List<Stored> partition = partitions.get(p);
                for (int i = (int) (long) from.getOrDefault(p, 0L); i < partition.size(); i++) {
                    Stored stored = partition.get(i);
                    each.record(
                            p, i, stored.key().getBytes(UTF_8), stored.value().getBytes(UTF_8));
                }
                ends.put(p, (long) partition.size());
            }
            return ends;
        }

        @Override
        public void send(byte[] key, byte[] value, Receipt receipt) {
            if (failing) {
                receipt.failed(new IllegalStateException("the broker does not want it"));
                return;
            }
            inFlight.add(new InFlight(key, value, receipt));
        }

        /** The broker takes this many and says so. */
        void acknowledge(int count) {
            for (int i = 0; i < count && !inFlight.isEmpty(); i++) {
                InFlight first = inFlight.remove();
                first.receipt().acknowledged(partition(first.key()), store(first.key(), first.value()));
            }
        }

        void acknowledgeAll() {
            acknowledge(Integer.MAX_VALUE);
        }

        /** The process is killed: some of what it sent arrives nevertheless, the rest never. */
        void cut(Random random) {
            int arrive = random.nextInt(inFlight.size() + 1);
            for (int i = 0; i < arrive; i++) {
                InFlight first = inFlight.remove();
                store(first.key(), first.value());
            }
            inFlight.clear();
        }

        @Override
        public void close() {}
    }
}
