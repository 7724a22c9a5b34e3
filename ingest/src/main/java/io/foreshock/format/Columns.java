package io.foreshock.format;

import io.foreshock.telemetry.StepSample;
import io.foreshock.wire.Limits;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which column of a table, or key of an object, is the step and which the time. */
public final class Columns {
    /** What the step is called, the best first: W&B's own counts calls, not steps. */
    private static final List<String> STEPS = List.of(
            "step",
            "global_step",
            "train/global_step",
            "trainer/global_step",
            "training/global_step",
            "iteration",
            "iter",
            "current_steps",
            "_step");

    private static final Set<String> TIMES = Set.of("timestamp", "time", "_timestamp", "ts", "wall_time", "wall time");

    private static final Pattern DATE =
            Pattern.compile("(\\d{4})-(\\d\\d)-(\\d\\d)[ T](\\d\\d):(\\d\\d):(\\d\\d)(?:[.,](\\d{1,9}))?(?:([+-])(\\d\\d):?(\\d\\d))?");

    /** Places of a line in which its time stamp begins. */
    private static final int STAMP_CHARS = 64;

    private Columns() {}

    /** How good a step the column is: 0 the best, -1 none. */
    public static int stepRank(String name) {
        return STEPS.indexOf(name.toLowerCase(Locale.ROOT));
    }

    /** What a step may be called, for messages. */
    public static String stepNames() {
        return String.join(", ", STEPS);
    }

    /** Whether the column may hold the time; {@link #millis} says whether it does. */
    public static boolean isTime(String name) {
        return TIMES.contains(name.toLowerCase(Locale.ROOT));
    }

    /** Epoch milliseconds of a number of seconds or milliseconds since 1970; {@link StepSample#NONE} if it is neither. */
    public static long millis(double time) {
        double millis = time < 1e10 ? time * 1000 : time;
        return millis >= 1e12 && millis < Limits.MAX_TS ? Math.round(millis) : StepSample.NONE;
    }

    /**
     * Epoch milliseconds of the first date and time near the beginning of the text; in UTC where it does not say its zone.
     * {@link StepSample#NONE} if there is none.
     */
    public static long millis(String text) {
        Matcher date = DATE.matcher(text.length() > STAMP_CHARS ? text.substring(0, STAMP_CHARS) : text);
        if (!date.find()) {
            return StepSample.NONE;
        }
        try {
            LocalDateTime local = LocalDateTime.of(
                    part(date, 1), part(date, 2), part(date, 3), part(date, 4), part(date, 5), part(date, 6));
            long seconds = local.toEpochSecond(ZoneOffset.UTC) - secondsEast(date);
            String fraction = date.group(7) == null ? "" : date.group(7);
            long millis = seconds * 1000 + Integer.parseInt((fraction + "000").substring(0, 3));
            return millis >= 0 && millis < Limits.MAX_TS ? millis : StepSample.NONE;
        } catch (DateTimeException e) {
            return StepSample.NONE;
        }
    }

    private static long secondsEast(Matcher date) {
        if (date.group(8) == null) {
            return 0;
        }
        long seconds = part(date, 9) * 3600L + part(date, 10) * 60L;
        return date.group(8).equals("-") ? -seconds : seconds;
    }

    private static int part(Matcher date, int group) {
        return Integer.parseInt(date.group(group));
    }
}
