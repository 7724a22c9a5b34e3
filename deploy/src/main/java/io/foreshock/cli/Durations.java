package io.foreshock.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Lengths of time as people type them: {@code 90s}, {@code 30m}, {@code 2h}, {@code 3d}. */
final class Durations implements ITypeConverter<Duration> {
    private static final Pattern LENGTH = Pattern.compile("([0-9]{1,6}) ?(s|m|min|h|d)");

    @Override
    public Duration convert(String value) {
        Matcher length = LENGTH.matcher(value.toLowerCase(Locale.ROOT));
        if (!length.matches() || Long.parseLong(length.group(1)) == 0) {
            throw new TypeConversionException("must be a number > 0 and a unit, like 90s, 30m, 2h or 3d, got " + value);
        }
        long number = Long.parseLong(length.group(1));
        return switch (length.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofMinutes(number);
        };
    }
}
