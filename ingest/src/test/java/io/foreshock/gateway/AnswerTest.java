package io.foreshock.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class AnswerTest {
    @Test
    void saysHowManyAndWhatIsWrongWithTheOthersInTheirOrder() {
        TreeMap<Integer, Item.Refused> rejected = new TreeMap<>();
        rejected.put(10, new Item.Refused("not_json", "\"x\"\n"));
        rejected.put(2, new Item.Refused("bad_step", "step must be an integer >= 0, got 1.5"));
        assertThat(new String(new Answer(9, rejected).json(), UTF_8))
                .isEqualTo("{\"accepted\":9,\"rejected\":["
                        + "{\"index\":2,\"reason\":\"bad_step\",\"detail\":\"step must be an integer >= 0, got 1.5\"},"
                        + "{\"index\":10,\"reason\":\"not_json\",\"detail\":\"\\\"x\\\"\\n\"}]}");
        assertThat(new String(new Answer(0, new TreeMap<>()).json(), UTF_8))
                .isEqualTo("{\"accepted\":0,\"rejected\":[]}");
    }
}
