package io.foreshock.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.foreshock.http.Problem;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class UploadTest {
    /** A request of which only what has come can be read. */
    private static final class Connection extends ServletInputStream {
        private byte[] here = {};
        private int read;
        private boolean over;
        private ReadListener listener;

        @Override
        public void setReadListener(ReadListener told) {
            listener = told;
        }

        void comes(byte[] some) throws IOException {
            here = some;
            read = 0;
            listener.onDataAvailable();
        }

        void ends() throws IOException {
            over = true;
            listener.onAllDataRead();
        }

        @Override
        public boolean isReady() {
            return read < here.length;
        }

        @Override
        public boolean isFinished() {
            return over;
        }

        @Override
        public int read() {
            throw new AssertionError("a byte at a time");
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            int some = Math.min(length, here.length - read);
            System.arraycopy(here, read, bytes, offset, some);
            read += some;
            return some;
        }
    }

    private final Budget budget = new Budget(10_000_000);
    private final Budget.Share share = budget.share();
    private final Connection connection = new Connection();
    private final CompletableFuture<byte[]> body = Upload.take(connection, share);

    private static int status(CompletableFuture<byte[]> body) {
        assertThat(body).isCompletedExceptionally();
        return ((Problem) body.handle((got, error) -> error).join()).status();
    }

    @Test
    void aBodyIsWholeWhenItHasEnded() throws Exception {
        byte[] part = new byte[40_000];
        Arrays.fill(part, (byte) 'x');
        connection.comes(part);
        connection.comes(new byte[] {'y'});
        assertThat(body).isNotDone();
        assertThat(budget.used()).isEqualTo(40_001);
        connection.ends();
        assertThat(body.join()).hasSize(40_001).startsWith('x').endsWith('x', 'y');
    }

    @Test
    void whatIsTooLargeIsReadNoFurther() throws Exception {
        connection.comes(new byte[Upload.MAX_BYTES]);
        assertThat(body).isNotDone();
        connection.comes(new byte[1]);
        assertThat(status(body)).isEqualTo(413);
        connection.comes(new byte[1_000_000]);
        assertThat(budget.used()).isEqualTo(Upload.MAX_BYTES);
    }

    @Test
    void withoutRoomItIsRefused() throws Exception {
        budget.share().take(9_999_999);
        connection.comes(new byte[1]);
        assertThat(body).isNotDone();
        connection.comes(new byte[1]);
        assertThat(status(body)).isEqualTo(429);
    }

    @Test
    void aConnectionThatBreaksIsNotWaitedFor() throws Exception {
        connection.comes(new byte[1]);
        connection.listener.onError(new IOException("reset"));
        assertThatThrownBy(body::join).hasRootCauseMessage("reset");
    }
}
