package io.foreshock.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.foreshock.embedded.EmbeddedKafka;
import io.foreshock.gateway.GatewaySettings;
import io.foreshock.http.Endpoint;
import io.foreshock.job.KafkaSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many who mean ill, and one who means well: each of its events arrives once, and nothing else does. Their number is the system
 * property {@code foreshock.hostile}.
 */
class GatewayHostileITCase {
    private static final int REQUESTS = Integer.getInteger("foreshock.hostile", 5_000);
    private static final int THREADS = 4;
    private static final int DRIPPING = 60;
    private static final String GOOD = "token-of-the-good-sender-01";
    private static final String ILL = "token-of-somebody-else-0123";
    private static final long MIB = 1024 * 1024;

    @TempDir
    Path directory;

    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger serverErrors = new AtomicInteger();
    private final byte[] bomb = bomb();
    private URI address;

    @Test
    void nothingOfThemArrivesAndAllOfTheGoodOne() throws Exception {
        EmbeddedKafka kafka = EmbeddedKafka.start();
        KafkaSettings job = KafkaSettings.of(kafka.bootstrapServers());
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            job.topics().ensure(admin);
        }
        Path tokens = directory.resolve("tokens.yaml");
        // The other token is for runs that nobody has: whatever is written with it is a forgery.
        Files.writeString(
                tokens,
                "tokens: {good: {token: " + GOOD + ", runs: [good]}, ill: {token: " + ILL + ", runs: [nobody]}}");
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        try (AlertingGateway gateway =
                AlertingGateway.start(new GatewaySettings(new Endpoint("127.0.0.1", 0), tokens, null), job)) {
            address = URI.create(gateway.address());
            Judged.await(Duration.ofSeconds(30), () -> get("/health").statusCode() == 200);
            Future<?> warm = threads.submit(() -> hostile(new Random(1), 300));
            warm.get();
            long heapBefore = heap();
            int threadsBefore = Thread.activeCount();

            AtomicBoolean over = new AtomicBoolean();
            Future<Integer> good = threads.submit(() -> goodSender(over));
            List<Future<?>> hostile = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                Random random = new Random(100 + thread);
                hostile.add(threads.submit(() -> hostile(random, REQUESTS / THREADS)));
            }
            for (Future<?> done : hostile) {
                done.get();
            }
            over.set(true);
            int sent = good.get();

            assertThat(serverErrors).as("answers of 500").hasValue(0);
            assertThat(answered.get()).isGreaterThan(REQUESTS / 4);
            assertThat(sent).isPositive();
            assertThat(get("/health").statusCode()).isEqualTo(200);
            // Those that fell silent are given up when the connection has been idle.
            Judged.await(Duration.ofSeconds(40), () -> get("/metrics").body().contains("held_bytes 0.0"));
            assertThat(get("/metrics").body()).contains("foreshock_gateway_held_bytes 0.0");
            assertThat(get("/metrics").body()).contains("foreshock_gateway_alert_listeners 0.0");

            // Before the topic is read, which takes more. Answers to repeats may take 32 MiB.
            long heapMore = heap() - heapBefore;
            int threadsMore = Thread.activeCount() - threadsBefore;
            assertThat(heapMore).as("heap that stays taken, bytes").isLessThan(48 * MIB);
            assertThat(threadsMore).as("threads that stay").isLessThan(250);

            List<String> topic = TopicText.of(
                    kafka.bootstrapServers(), job.topics().telemetry().name());
            List<String> expected = new ArrayList<>();
            for (int step = 0; step < sent; step++) {
                expected.add("good=" + goodEvent(step));
            }
            assertThat(topic).containsExactlyInAnyOrderElementsOf(expected);
            System.out.printf(
                    "%,d hostile requests, %,d answered; %,d good events; heap %+d KiB, threads %+d%n",
                    REQUESTS, answered.get(), sent, heapMore / 1024, threadsMore);
        } finally {
            threads.shutdownNow();
            kafka.close();
        }
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static String goodEvent(int step) {
        return "{\"run\":\"good\",\"step\":" + step + ",\"metrics\":{\"loss\":2.5}}";
    }

    private HttpResponse<String> get(String path) {
        try {
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(address.resolve(path)).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** As the client does: a body at a time, under a key, again until it is answered. Returns how many events it sent. */
    private int goodSender(AtomicBoolean over) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        int step = 0;
        while (!over.get()) {
            StringBuilder body = new StringBuilder();
            for (int last = step + 20; step < last; step++) {
                body.append(goodEvent(step)).append('\n');
            }
            HttpRequest request = HttpRequest.newBuilder(address.resolve("/v1/telemetry"))
                    .timeout(Duration.ofSeconds(20))
                    .header("Authorization", "Bearer " + GOOD)
                    .header("Idempotency-Key", "k" + step)
                    .POST(BodyPublishers.ofString(body.toString()))
                    .build();
            int status = 0;
            for (int tries = 0; status != 200; tries++) {
                assertThat(tries).as("tries of one body, the last %d", status).isLessThan(100);
                try {
                    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                    status = answer.statusCode();
                    assertThat(status).as(answer.body()).isIn(200, 408, 429, 503);
                    // A repeat may come from memory; either way all of it is accepted.
                    if (status == 200) {
                        assertThat(answer.body()).isEqualTo("{\"accepted\":20,\"rejected\":[]}");
                    }
                } catch (IOException e) {
                    status = 0;
                }
            }
        }
        return step;
    }

    private void hostile(Random random, int requests) {
        Deque<Socket> dripping = new ArrayDeque<>();
        try {
            for (int i = 0; i < requests; i++) {
                try {
                    one(random, dripping);
                } catch (IOException e) {
                    // It was hung up on, as it deserves.
                }
            }
        } finally {
            dripping.forEach(GatewayHostileITCase::hangUp);
        }
    }

    private static void hangUp(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone.
        }
    }

    private void one(Random random, Deque<Socket> dripping) throws IOException {
        byte[] body = body(random);
        String path = random.nextInt(4) == 0 ? "/v1/metrics" : "/v1/telemetry";
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        String token = random.nextInt(6) == 0 ? "" : random.nextInt(4) == 0 ? GOOD.replace('1', 'l') : ILL;
        head.append("Authorization: Bearer ").append(token).append("\r\n");
        if (random.nextInt(3) == 0) {
            head.append("Content-Encoding: ")
                    .append(random.nextInt(5) == 0 ? "br" : "gzip")
                    .append("\r\n");
        }
        if (random.nextInt(3) == 0) {
            // The good sender's keys.
            head.append("Idempotency-Key: k").append(20 * random.nextInt(50)).append("\r\n");
        }
        if (path.equals("/v1/metrics")) {
            head.append("Content-Type: application/")
                    .append(random.nextBoolean() ? "json" : "x-protobuf")
                    .append("\r\n");
        }
        if (random.nextInt(20) == 0) {
            head.append("X-").append("h".repeat(random.nextInt(12_000))).append(": x\r\n");
        }
        int kind = random.nextInt(20);
        int told = kind == 0 ? body.length + 1 + random.nextInt(1_000) : body.length;
        head.append("Content-Length: ").append(told).append("\r\n");
        byte[] headBytes = head.append(kind == 1 ? "" : "Connection: close\r\n")
                .append("\r\n")
                .toString()
                .getBytes(UTF_8);
        if (kind == 2) {
            headBytes[random.nextInt(headBytes.length)] = (byte) random.nextInt();
        }
        Socket socket = new Socket(address.getHost(), address.getPort());
        boolean stays = false;
        try {
            // A damaged head may be one that is never complete.
            socket.setSoTimeout(kind == 2 ? 300 : 15_000);
            socket.getOutputStream().write(headBytes);
            if (kind == 3) {
                // Drips: some of the body, and the connection left open.
                socket.getOutputStream().write(body, 0, Math.min(body.length, 3));
                dripping.add(socket);
                stays = true;
                if (dripping.size() > DRIPPING) {
                    hangUp(dripping.removeFirst());
                }
                return;
            }
            socket.getOutputStream().write(body);
            if (kind == 4 || kind == 0 || kind == 1) {
                // Goes away without an answer.
                return;
            }
            read(socket.getInputStream());
        } finally {
            if (!stays) {
                hangUp(socket);
            }
        }
    }

    private void read(InputStream in) throws IOException {
        byte[] start = in.readNBytes(12);
        if (start.length == 12) {
            answered.incrementAndGet();
            String status = new String(start, UTF_8).substring(9);
            if (status.equals("500")) {
                serverErrors.incrementAndGet();
            }
            in.readAllBytes();
        }
    }

    /** Of the good sender's run, of others', of none, of no JSON, small and large, packed and not. */
    private byte[] body(Random random) {
        String run = List.of("good", "theirs", "nobod", "*", "").get(random.nextInt(5));
        String event = "{\"run\":\"" + run + "\",\"step\":" + random.nextInt(100) + ",\"metrics\":{\"loss\":2.5}}";
        switch (random.nextInt(12)) {
            case 0:
                // Each takes a tenth of a second of the machine that they all share.
                return random.nextInt(10) == 0 ? bomb : packed(event + event);
            case 1:
                return packed(event);
            case 2:
                return "x\n".repeat(random.nextInt(11_000)).getBytes(UTF_8);
            case 3:
                return ("[" + event + "," + event).getBytes(UTF_8);
            case 4:
                byte[] any = new byte[random.nextInt(2_000)];
                random.nextBytes(any);
                return any;
            case 5:
                return "[".repeat(random.nextInt(100_000)).getBytes(UTF_8);
            case 6:
                byte[] points = new byte[2 * random.nextInt(100_000)];
                Arrays.fill(points, (byte) 0);
                for (int i = 0; i < points.length; i += 2) {
                    points[i] = 0x0a;
                }
                return points;
            case 7:
                // A key twice, of which one is its own run: the later counts.
                return ("{\"run\":\"nobody\",\"step\":1,\"run\":\"good\"}").getBytes(UTF_8);
            default:
                byte[] flipped = event.getBytes(UTF_8);
                if (random.nextBoolean()) {
                    flipped[random.nextInt(flipped.length)] = (byte) random.nextInt();
                }
                return flipped;
        }
    }

    private static byte[] packed(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    /** 100 MiB in 100 kB. */
    private static byte[] bomb() {
        return packed(" ".repeat(100 << 20));
    }
}
