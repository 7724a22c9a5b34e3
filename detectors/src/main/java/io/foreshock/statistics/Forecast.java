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
    /** Forecasts further away than this are as good as none, in steps. */
    private static final double FAR = 1e12;

    /**
     * Of exponential growth: {@code way / pace} steps, and an interval of 90 % whose ends are {@code exp(1.64 s)} times as
     * near and as far, with {@code s} from the error of the pace and from how much a pace changes underway.
     *
     * @param quantity what is extrapolated
     * @param level the level it will reach
     * @param now the step of today
     * @param way logarithm of the level over the value of today, {@code > 0}
     * @param pace growth of the logarithm a step, {@code > 0}
     * @param paceError standard error of the pace
     * @param drift deviation of the logarithm of the mean pace on the way, the pace of today being known exactly
     */
    public static Forecast ofGrowth(
            String quantity, double level, long now, double way, double pace, double paceError, double drift) {
        double steps = way / pace;
        double spread = Math.exp(1.64 * Math.hypot(drift, paceError / pace));
        // Where the pace itself may as well be 0, the level may never be reached.
        boolean open = pace <= 1.64 * paceError || steps * spread > FAR;
        return new Forecast(
                quantity,
                level,
                now + Math.round(Math.min(steps, FAR)),
                now + Math.round(Math.min(steps / spread, FAR)),
                open ? Long.MAX_VALUE : now + Math.round(steps * spread));
    }

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
