package io.foreshock.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.http.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BudgetTest {
    private final Budget budget = new Budget(100);

    private static int status(Budget.Share share, long more) {
        try {
            share.take(more);
            return 200;
        } catch (Problem e) {
            return e.status();
        }
    }

    @Test
    void whatOneHoldsAnotherCannotTakeUntilItIsGivenBack() {
        Budget.Share first = budget.share();
        Budget.Share second = budget.share();
        first.take(60);
        second.take(40);
        assertThat(status(second, 1)).isEqualTo(429);
        assertThat(budget.used()).isEqualTo(100);

        first.close();
        first.close();
        assertThat(budget.used()).as("given back once").isEqualTo(40);
        assertThat(status(second, 60)).isEqualTo(200);
        assertThat(status(first, 1)).as("closed").isEqualTo(429);
        second.close();
        assertThat(budget.used()).isZero();
    }

    @Test
    void whatNeverFitsIsNotToBeSentAgain() {
        Budget.Share share = budget.share();
        share.take(1);
        assertThatThrownBy(() -> share.take(100)).isInstanceOfSatisfying(Problem.class, problem -> {
            assertThat(problem.status()).isEqualTo(413);
            assertThat(problem.retryAfter()).isEmpty();
        });
        assertThat(budget.used()).isEqualTo(1);
    }

    @Test
    void whatIsHandedOverOutlivesTheFirst() {
        Budget.Share reading = budget.share();
        reading.take(70);
        Budget.Share sending = reading.handOver();
        reading.close();
        assertThat(budget.used()).isEqualTo(70);
        sending.close();
        assertThat(budget.used()).isZero();
    }

    @Test
    void whateverManyThreadsDoNothingIsLeft() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int seed = 0; seed < 8; seed++) {
                Random random = new Random(seed);
                tasks.add(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        try (Budget.Share share = budget.share()) {
                            status(share, random.nextInt(120));
                            status(share, random.nextInt(30));
                            share.handOver().close();
                        }
                    }
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(tasks)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(budget.used()).isZero();
    }
}
