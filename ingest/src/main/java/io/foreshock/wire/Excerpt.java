package io.foreshock.wire;

/** Foreign text made fit for a message: one line, printable, short. */
public final class Excerpt {
    private static final int MAX_CHARS = 60;
    private static final int MAX_SENTENCE_CHARS = 200;

    private Excerpt() {}

    /** The text in double quotes, cut, control characters and lone surrogates escaped. */
    public static String quote(CharSequence text) {
        return '"' + plain(text) + '"';
    }

    /** As {@link #quote}, without the quotes. */
    public static String plain(CharSequence text) {
        return cut(text, MAX_CHARS);
    }

    /** A sentence that someone else wrote, with more room. */
    public static String sentence(CharSequence text) {
        return cut(text, MAX_SENTENCE_CHARS);
    }

    private static String cut(CharSequence text, int maxChars) {
        StringBuilder out = new StringBuilder();
        int length = Math.min(text.length(), maxChars);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                out.append(c).append(text.charAt(++i));
            } else if (isUnprintable(c) || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        if (length < text.length()) {
            out.append("… (").append(text.length()).append(" characters)");
        }
        return out.toString();
    }

    /** The position of a control character or lone surrogate, or -1. */
    public static int unprintable(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (isUnprintable(c) || Character.isSurrogate(c)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isUnprintable(char c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029' || c == '\uFEFF';
    }
}
