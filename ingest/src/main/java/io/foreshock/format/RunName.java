package io.foreshock.format;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** What a run is called whose events do not say. */
public final class RunName {
    private static final List<String> EXTENSIONS = List.of(".gz", ".jsonl", ".ndjson", ".json", ".csv");

    /** Names that every run's file has: Lightning's and Hugging Face's, and that of llm.c. */
    private static final Set<String> SAY_NOTHING = Set.of("metrics.csv", "trainer_state.json", "main.log");

    private static final Pattern CHECKPOINT = Pattern.compile("checkpoint-\\d+");

    private RunName() {}

    /**
     * The file's name without its extensions, {@code llama-7b-3} for {@code logs/llama-7b-3.jsonl.gz}; its folder's name
     * where a tool calls every run's file alike, {@code version_0} for {@code lightning_logs/version_0/metrics.csv}.
     */
    public static String of(Path file) {
        Path named = namedAfter(file);
        return named.equals(file) ? withoutExtensions(last(file)) : last(named);
    }

    /** The file itself, or the folder after which its run is named, as an absolute path. */
    public static Path namedAfter(Path file) {
        if (!SAY_NOTHING.contains(last(file))) {
            return file;
        }
        Path folder = file.toAbsolutePath().normalize().getParent();
        Path above = folder == null ? null : folder.getParent();
        if (folder == null || above == null) {
            return file;
        }
        return CHECKPOINT.matcher(last(folder)).matches() && above.getFileName() != null ? above : folder;
    }

    private static String withoutExtensions(String fileName) {
        String name = fileName;
        for (String extension : EXTENSIONS) {
            if (name.length() > extension.length()
                    && name.toLowerCase(Locale.ROOT).endsWith(extension)) {
                name = name.substring(0, name.length() - extension.length());
            }
        }
        return name;
    }

    private static String last(Path path) {
        Path name = path.getFileName();
        return name == null ? path.toString() : name.toString();
    }
}
