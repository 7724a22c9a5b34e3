package io.foreshock.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** What a browser needs to draw a view, as text: our scripts and style, and uPlot's, whose licence stands above its script. */
public final class WebParts {
    private static final String OURS = "/io/foreshock/web/";
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/";

    /** In the order in which they build on each other. */
    private static final List<String> SCRIPTS =
            List.of("words.js", "timelines.js", "story.js", "chart.js", "kinds.js", "view.js");

    private WebParts() {}

    /** The global {@code Foreshock}; the top of {@code view.js} says how to use it. */
    public static String viewScript() {
        return SCRIPTS.stream().map(script -> text(OURS + script)).collect(Collectors.joining("\n"));
    }

    /** Its style. */
    public static String viewStyle() {
        return text(OURS + "view.css");
    }

    /** The global {@code uPlot}; to be loaded before the view. */
    public static String chartScript() {
        return "/*\n" + text(UPLOT + "LICENSE") + "\n*/\n" + text(UPLOT + "dist/uPlot.iife.min.js");
    }

    /** Its style; to be loaded before the view's. */
    public static String chartStyle() {
        return text(UPLOT + "dist/uPlot.min.css");
    }

    private static String text(String resource) {
        try (InputStream in = WebParts.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path; is this build complete?");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
