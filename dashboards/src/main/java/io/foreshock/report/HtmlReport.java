package io.foreshock.report;

import io.foreshock.view.RunView;
import io.foreshock.view.ViewJson;
import io.foreshock.view.WebParts;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Runs as one HTML file that needs nothing else: scripts, style and data are in it. Its content security policy forbids the
 * network, and every script and style but its own.
 */
public final class HtmlReport {
    private static final String START = """
            "use strict";
            window.foreshock = Foreshock.mount(document.getElementById("view"),
              JSON.parse(document.getElementById("runs").textContent), {theme: "auto"});
            """;

    private static final String PAGE_STYLE = "body { margin: 0; }";

    private HtmlReport() {}

    /**
     * Writes the report, all of it or nothing: what stood in the file is replaced at the end.
     *
     * @param made when, for people
     * @param versions of what made it, by name
     * @throws IOException naming the file
     */
    public static void write(Path file, String made, Map<String, String> versions, List<RunView> runs)
            throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IOException(file + " cannot be written: folder " + folder + " does not exist; create it first");
        }
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a folder; name a file in it");
        }
        // Not createTempFile: nobody but us could read the report.
        Path unfinished = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 16)) {
                write(out, made, versions, runs);
            }
            replace(unfinished, file);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private static void replace(Path unfinished, Path file) throws IOException {
        try {
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Writes the report and leaves the stream open. */
    public static void write(OutputStream out, String made, Map<String, String> versions, List<RunView> runs)
            throws IOException {
        List<String> scripts = List.of(WebParts.chartScript(), WebParts.viewScript(), START);
        List<String> styles = List.of(PAGE_STYLE, WebParts.chartStyle(), WebParts.viewStyle());
        StringBuilder head = new StringBuilder();
        head.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        head.append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src ")
                .append(hashes(scripts))
                .append("; style-src ")
                .append(hashes(styles))
                .append("; base-uri 'none'; form-action 'none'\">\n");
        head.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        head.append("<title>").append(markupFree(title(runs))).append("</title>\n");
        for (String style : styles) {
            head.append("<style>").append(style).append("</style>\n");
        }
        head.append("</head>\n<body>\n<main id=\"view\"></main>\n");
        head.append("<noscript>This report draws with JavaScript, from this file alone.</noscript>\n");
        head.append("<script type=\"application/json\" id=\"runs\">");
        out.write(head.toString().getBytes(StandardCharsets.UTF_8));
        ViewJson.write(made, versions, runs, out);
        StringBuilder tail = new StringBuilder("</script>\n");
        for (String script : scripts) {
            tail.append("<script>").append(script).append("</script>\n");
        }
        tail.append("</body>\n</html>\n");
        out.write(tail.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static String title(List<RunView> runs) {
        return "Foreshock: " + (runs.size() == 1 ? runs.get(0).run() : runs.size() + " runs");
    }

    private static String markupFree(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String hashes(List<String> texts) {
        StringBuilder hashes = new StringBuilder();
        for (String text : texts) {
            hashes.append(hashes.length() == 0 ? "" : " ")
                    .append("'sha256-")
                    .append(sha256(text))
                    .append('\'');
        }
        return hashes.toString();
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
