package io.foreshock.gateway;

import io.foreshock.http.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a body into events without reading them: one JSON object, an array, or an object a line. Each event stays the bytes that
 * were sent, and one that is broken does not spoil those beside it.
 */
final class Pieces {
    /** Events in one body. */
    static final int MAX = 10_000;

    private static final int END = -1;

    private final byte[] body;
    private final List<Piece> pieces = new ArrayList<>();

    /** Where an event lies in the body, from and to (exclusive). */
    record Piece(int from, int to) {}

    private Pieces(byte[] body) {
        this.body = body;
    }

    /**
     * Cuts.
     *
     * @throws Problem 400 if it is none of the three forms, 413 if there are too many
     */
    static List<Piece> of(byte[] body) {
        Pieces cut = new Pieces(body);
        int start = cut.skip(startOf(body));
        if (start == body.length) {
            throw Problem.badRequest("the body is empty; send an event, a JSON array of events, or an event a line");
        }
        if (body[start] == '[') {
            cut.array(start);
        } else if (cut.isOne(start)) {
            cut.add(start, body.length);
        } else {
            cut.lines(start);
        }
        return cut.pieces;
    }

    /** Behind a byte order mark. */
    private static int startOf(byte[] body) {
        boolean marked = body.length >= 3 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF;
        return marked ? 3 : 0;
    }

    /** An object that is written over several lines, as people write them, and nothing behind it. */
    private boolean isOne(int start) {
        if (body[start] != '{' || endOfValue(start, lineEnd(start)) != END) {
            return false;
        }
        int end = endOfValue(start, body.length);
        return end != END && skip(end) == body.length;
    }

    private void lines(int start) {
        for (int from = start; from < body.length; ) {
            int end = lineEnd(from);
            if (skip(from, end) < end) {
                add(from, end);
            }
            from = end + 1;
        }
    }

    private int lineEnd(int from) {
        int end = from;
        while (end < body.length && body[end] != '\n') {
            end++;
        }
        return end;
    }

    private void array(int open) {
        int at = skip(open + 1);
        boolean more = at == body.length || body[at] != ']';
        while (more) {
            int end = at == body.length ? END : endOfValue(at, body.length);
            if (end == END) {
                throw Problem.badRequest("the array is cut off in item " + pieces.size());
            }
            add(at, end);
            at = skip(end);
            more = at < body.length && body[at] == ',';
            if (more) {
                at = skip(at + 1);
            } else if (at == body.length || body[at] != ']') {
                throw Problem.badRequest("the array has no comma or closing bracket behind item " + (pieces.size() - 1)
                        + ", at byte " + at);
            }
        }
        int rest = skip(at + 1);
        if (rest < body.length) {
            throw Problem.badRequest("more text follows after the array's closing bracket, at byte " + rest);
        }
    }

    private void add(int from, int to) {
        if (pieces.size() == MAX) {
            throw Problem.of(413, "Too many", "a body must have at most " + MAX + " events; send fewer at a time");
        }
        pieces.add(new Piece(from, to));
    }

    /** Where an object or array that begins here ends, or, of another value, where the next comma, bracket or brace is. */
    private int endOfValue(int from, int to) {
        int depth = 0;
        boolean quoted = false;
        for (int i = from; i < to; i++) {
            byte b = body[i];
            if (quoted) {
                if (b == '\\') {
                    i++;
                } else if (b == '"') {
                    quoted = false;
                }
            } else if (b == '"') {
                quoted = true;
            } else if (b == '{' || b == '[') {
                depth++;
            } else if (b == '}' || b == ']') {
                if (depth == 0) {
                    return i;
                }
                if (--depth == 0) {
                    return i + 1;
                }
            } else if (b == ',' && depth == 0) {
                return i;
            }
        }
        return END;
    }

    private int skip(int from) {
        return skip(from, body.length);
    }

    private int skip(int from, int to) {
        int at = from;
        while (at < to && (body[at] == ' ' || body[at] == '\t' || body[at] == '\r' || body[at] == '\n')) {
            at++;
        }
        return at;
    }
}
