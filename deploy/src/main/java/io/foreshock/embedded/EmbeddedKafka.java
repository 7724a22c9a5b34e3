package io.foreshock.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * One Kafka broker with its own controller, in this process: for trying out, single machines and tests. Opened again
 * on the same directory, it goes on where it was. Replicates nothing, encrypts nothing, and lets in whoever can reach
 * its address, so it listens on the loopback interface unless it is told otherwise.
 */
public final class EmbeddedKafka implements AutoCloseable {
    static final String LOOPBACK = "127.0.0.1";
    private static final int NODE = 1;

    private final KafkaRaftServer server;
    private final String bootstrapServers;
    private final int port;
    private final @Nullable Path temporary;

    private EmbeddedKafka(KafkaRaftServer server, String host, int port, @Nullable Path temporary) {
        this.server = server;
        this.bootstrapServers = host + ":" + port;
        this.port = port;
        this.temporary = temporary;
    }

    /** Starts on a free port of the loopback interface, with a directory that is deleted on close. */
    public static EmbeddedKafka start() throws IOException {
        return start(null, LOOPBACK, 0);
    }

    /** Starts on the loopback interface. */
    public static EmbeddedKafka start(@Nullable Path data, int port) throws IOException {
        return start(data, LOOPBACK, port);
    }

    /**
     * Starts, and returns when the broker serves.
     *
     * @param data where topics are kept; null for a temporary directory, deleted on close
     * @param host interface to listen on
     * @param port port to listen on, 0 for a free one
     * @throws BindException if the port is taken; the message says so
     */
    public static EmbeddedKafka start(@Nullable Path data, String host, int port) throws IOException {
        int brokerPort;
        int controllerPort;
        // Both are held before either is let go, so that they differ.
        try (ServerSocket broker = listen(host, port);
                ServerSocket controller = listen(LOOPBACK, 0)) {
            brokerPort = broker.getLocalPort();
            controllerPort = controller.getLocalPort();
        }
        String reachable = reachable(host);
        Path directory = data == null ? Files.createTempDirectory("foreshock-kafka-") : Files.createDirectories(data);
        Path temporary = data == null ? directory : null;
        try {
            format(directory);
            KafkaRaftServer server = new KafkaRaftServer(
                    new KafkaConfig(settings(directory, host, reachable, brokerPort, controllerPort), false),
                    Time.SYSTEM);
            try {
                server.startup();
            } catch (RuntimeException e) {
                server.shutdown();
                throw e;
            }
            return new EmbeddedKafka(server, reachable, brokerPort, temporary);
        } catch (RuntimeException e) {
            if (temporary != null) {
                Directories.delete(temporary);
            }
            throw new IOException("the embedded Kafka broker did not start in " + directory + ": " + e.getMessage(), e);
        }
    }

    /** Address for clients, {@code host:port}. */
    public String bootstrapServers() {
        return bootstrapServers;
    }

    public int port() {
        return port;
    }

    /** Stops serving; waits until all is written and the port is free. */
    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        if (temporary != null) {
            Directories.delete(temporary);
        }
    }

    /**
     * Takes a port, so that one that is taken is noticed.
     *
     * @throws BindException if it is; the message says so
     */
    static ServerSocket listen(String host, int port) throws IOException {
        try {
            return new ServerSocket(port, 1, InetAddress.getByName(host));
        } catch (BindException e) {
            throw (BindException) new BindException("cannot listen on " + host + ":" + port + " (" + e.getMessage()
                            + "): choose another port, or 0 for a free one")
                    .initCause(e);
        }
    }

    /** What clients are told to connect to. */
    private static String reachable(String host) throws IOException {
        InetAddress address = InetAddress.getByName(host);
        return address.isAnyLocalAddress() ? InetAddress.getLocalHost().getHostName() : host;
    }

    private static void format(Path directory) throws IOException {
        if (Files.exists(directory.resolve("meta.properties"))) {
            return;
        }
        try {
            new Formatter()
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
                    .setNodeId(NODE)
                    .setClusterId(Uuid.randomUuid().toString())
                    .addDirectory(directory.toString())
                    .setMetadataLogDirectory(directory.toString())
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
                    .setIgnoreFormatted(true)
                    .run();
        } catch (Exception e) {
            throw new IOException("cannot prepare " + directory + " for Kafka: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> settings(
            Path directory, String host, String reachable, int brokerPort, int controllerPort) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", String.valueOf(NODE));
        settings.put("controller.quorum.voters", NODE + "@" + LOOPBACK + ":" + controllerPort);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("inter.broker.listener.name", "CLIENTS");
        settings.put(
                "listeners",
                "CLIENTS://" + host + ":" + brokerPort + ",CONTROLLER://" + LOOPBACK + ":" + controllerPort);
        settings.put("advertised.listeners", "CLIENTS://" + reachable + ":" + brokerPort);
        settings.put("listener.security.protocol.map", "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("log.dirs", directory.toString());
        settings.put("metadata.log.dir", directory.toString());

        // Alone: nobody to replicate to, nobody to hand over to.
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "1");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "1");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "1");
        // Handed over to itself: else the next start waits until the controller has given up the broker it remembers,
        // after a kill for as long as the session below (9 s by default).
        settings.put("controlled.shutdown.enable", "true");
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("group.initial.rebalance.delay.ms", "0");
        // A misspelt topic is an error that its author sees, not a new topic that nobody reads.
        settings.put("auto.create.topics.enable", "false");

        // Small: the defaults are for a machine that does nothing else.
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "2");
        settings.put("background.threads", "2");
        settings.put("num.recovery.threads.per.data.dir", "1");
        settings.put("log.cleaner.dedupe.buffer.size", String.valueOf(4 << 20));
        settings.put("log.index.size.max.bytes", String.valueOf(1 << 20));
        return settings;
    }
}
