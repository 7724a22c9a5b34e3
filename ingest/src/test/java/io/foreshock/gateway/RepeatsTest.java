package io.foreshock.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.http.Problem;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RepeatsTest {
    private static final byte[] BODY = {1};
    private static final byte[] OTHER = {2};

    private final Repeats repeats = new Repeats();
    private final List<BitSet> tries = new ArrayList<>();
    private CompletableFuture<Answer> result = new CompletableFuture<>();

    private CompletableFuture<Answer> once(String key, byte[] body) {
        return repeats.once(key, body, written -> {
            tries.add((BitSet) written.clone());
            return result;
        });
    }

    private static Answer answer(int accepted) {
        return new Answer(accepted, new TreeMap<>());
    }

    private static void assertUsedTwice(Callable<?> call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.status()).isEqualTo(422))
                .hasMessage("this Idempotency-Key was used for another body; use a new one for each body");
    }

    @Test
    void whileTheFirstIsOnItsWayTheSecondWaitsForIt() {
        CompletableFuture<Answer> first = once("k", BODY);
        CompletableFuture<Answer> second = once("k", BODY);
        assertThat(tries).hasSize(1);
        assertThat(second).isNotDone();

        result.complete(answer(5));
        assertThat(first.join()).isSameAs(second.join()).isEqualTo(answer(5));
    }

    @Test
    void afterTheAnswerItIsGivenAgain() {
        once("k", BODY);
        result.complete(answer(5));

        assertThat(once("k", BODY).join()).isEqualTo(answer(5));
        assertThat(tries).hasSize(1);
        once("other", BODY);
        assertThat(tries).as("another key is another request").hasSize(2);
    }

    @Test
    void oneKeyIsForOneBodyBeforeAndAfterTheAnswer() {
        CompletableFuture<Answer> first = once("k", BODY);
        assertUsedTwice(() -> once("k", OTHER));
        result.complete(answer(5));
        assertUsedTwice(() -> once("k", OTHER));
        assertThat(first.join()).isEqualTo(answer(5));
        assertThat(once("k", BODY).join()).isEqualTo(answer(5));
        assertThat(tries).hasSize(1);
    }

    @Test
    void whatWasWrittenHalfIsGoneOnWith() {
        CompletableFuture<Answer> first = once("k", BODY);
        BitSet half = new BitSet();
        half.set(3);
        result.completeExceptionally(new Delivery.Incomplete(half, new KafkaException("away")));
        assertThatThrownBy(first::join).hasCauseInstanceOf(Delivery.Incomplete.class);
        assertUsedTwice(() -> once("k", OTHER));

        result = new CompletableFuture<>();
        CompletableFuture<Answer> second = once("k", BODY);
        assertThat(tries).hasSize(2);
        assertThat(tries.get(0).isEmpty()).isTrue();
        assertThat(tries.get(1)).isEqualTo(half);
        result.complete(answer(9));
        assertThat(second.join()).isEqualTo(answer(9));
        assertThat(once("k", BODY).join()).isEqualTo(answer(9));
        assertThat(tries).hasSize(2);
    }

    @Test
    void aTryThatFailedOtherwiseIsForgotten() {
        assertThatThrownBy(() -> repeats.once("k", BODY, written -> {
                    throw new IllegalStateException("before anything was sent");
                }))
                .hasMessage("before anything was sent");
        CompletableFuture<Answer> next = once("k", OTHER);
        result.complete(answer(1));
        assertThat(next.join()).isEqualTo(answer(1));
    }

    @Test
    void aStormOfOneKeyIsOneRequest() throws Exception {
        int senders = 64;
        ExecutorService threads = Executors.newFixedThreadPool(senders + 1);
        try {
            for (int round = 0; round < 200; round++) {
                String key = "k" + round;
                AtomicInteger runs = new AtomicInteger();
                CountDownLatch start = new CountDownLatch(1);
                CompletableFuture<Answer> written = new CompletableFuture<>();
                List<Future<Answer>> answers = new ArrayList<>();
                for (int i = 0; i < senders; i++) {
                    answers.add(threads.submit(() -> {
                        start.await();
                        return repeats.once(key, BODY, before -> {
                                    runs.incrementAndGet();
                                    return written;
                                })
                                .join();
                    }));
                }
                // Ends in the midst of them: some find it pending, some done.
                threads.submit(() -> {
                    start.await();
                    return written.complete(answer(7));
                });
                start.countDown();
                for (Future<Answer> answer : answers) {
                    assertThat(answer.get()).isEqualTo(answer(7));
                }
                assertThat(runs).hasValue(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
