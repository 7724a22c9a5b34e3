package io.foreshock.follow;

import java.io.IOException;
import java.util.Map;

/** The topic that a follower publishes to. */
public interface Outlet extends AutoCloseable {
    /** Learns what became of an event, on a thread of the outlet's. */
    interface Receipt {
        /** It is in the topic. Those of one partition come in the order of their offsets. */
        void acknowledged(int partition, long offset);

        /** It is not, and will not be: the outlet is of no more use. */
        void failed(Exception reason);
    }

    /** Is told each record that is read. */
    interface Reading {
        void record(int partition, long offset, byte[] key, byte[] value);
    }

    /** Names the topic itself: one that was deleted and made again has another. */
    String id();

    /**
     * Reads the records that lie in the topic now.
     *
     * @param from offset from which a partition is read, by its number; one that is not named is read from its beginning
     * @return the offset up to which each partition was read, exclusive
     * @throws IOException if the brokers do not give them
     */
    Map<Integer, Long> read(Map<Integer, Long> from, Reading each) throws IOException;

    /**
     * Sends an event; may wait for room. Events of one key arrive in the order in which they are sent.
     *
     * @param key the run's id in UTF-8
     * @param value the event in the wire format, or what stood in its place
     */
    void send(byte[] key, byte[] value, Receipt receipt);

    @Override
    void close();
}
