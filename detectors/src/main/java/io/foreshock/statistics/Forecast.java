package io.foreshock.statistics;

import io.foreshock.state.Archive;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * When a quantity that grows will reach a level.
 *
 * @param quantity what is extrapolated, a signal's canonical name
 * @param level the level it will reach
 * @param step the step at which it is expected to
 * @param low earliest step of the interval (about 90 %)
 * @param high latest step of the interval; {@link Long#MAX_VALUE} where the growth may as well stop
 */
public record Forecast(String quantity, double level, long step, long low, long high) {
    /** Writes the forecast, or reads one in its place. */
    public static @Nullable Forecast persist(Archive archive, @Nullable Forecast forecast) throws IOException {
        if (!archive.flag(forecast != null)) {
            return null;
        }
        Forecast one = forecast == null ? new Forecast("", 0, 0, 0, 0) : forecast;
        return new Forecast(
                archive.word(one.quantity),
                archive.real(one.level),
                archive.whole(one.step),
                archive.whole(one.low),
                archive.whole(one.high));
    }
}
