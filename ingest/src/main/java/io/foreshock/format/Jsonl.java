package io.foreshock.format;

import java.util.Locale;
import java.util.regex.Pattern;

/** Our own form: one event a line, see {@code docs/wire-format.md}. */
final class Jsonl implements Format {
    private static final Pattern NAME = Pattern.compile(".*\\.(jsonl|ndjson)(\\.gz)?");

    @Override
    public String name() {
        return "JSONL";
    }

    @Override
    public String needs() {
        return "line that is a JSON object with step, end or metrics";
    }

    /** An empty recording, or one that begins with what cannot be read, is ours if its name says so. */
    @Override
    public boolean matches(Source source) {
        return NAME.matcher(source.name().toLowerCase(Locale.ROOT)).matches()
                || JsonObjects.first(source).stream()
                        .anyMatch(line -> line.has("step") || line.has("end") || line.has("metrics"));
    }

    @Override
    public boolean isOurs() {
        return true;
    }

    @Override
    public TelemetryFile open(Source source, String run) {
        return new JsonlFile(source, run);
    }
}
