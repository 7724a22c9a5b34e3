package io.foreshock.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What a browser needs to draw a view, as text: {@code view.js}, {@code view.css} and uPlot, whose licence stands above its script. */
public final class WebParts {
    private static final String OURS = "/io/foreshock/web/";
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/";

    private WebParts() {}

    /** The global {@code Foreshock}, see the top of the file. */
    public static String viewScript() {
        return text(OURS + "view.js");
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
