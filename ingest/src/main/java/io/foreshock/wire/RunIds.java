package io.foreshock.wire;

import io.foreshock.telemetry.Rejected.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Run ids seen lately, so that a known run costs no new string an event. Two tables of fixed size, by text and by key
 * bytes, in which a newcomer displaces whoever hashed there before.
 */
final class RunIds {
    static final int SLOTS = 512;

    private static final class Key {
        final byte[] bytes;
        final String run;

        Key(byte[] bytes, String run) {
            this.bytes = bytes;
            this.run = run;
        }
    }

    private final @Nullable String[] byText = new String[SLOTS];
    private final @Nullable Key[] byKey = new Key[SLOTS];

    /** The run id in these characters. */
    String of(char[] chars, int offset, int length) throws Refusal {
        int hash = 0;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + chars[offset + i];
        }
        int slot = slot(hash);
        String known = byText[slot];
        if (known != null && equal(known, chars, offset, length)) {
            return known;
        }
        String fresh = check(new String(chars, offset, length), "run");
        byText[slot] = fresh;
        return fresh;
    }

    /** The run id in a Kafka key. */
    String ofKey(byte[] key) throws Refusal {
        int slot = slot(Arrays.hashCode(key));
        Key known = byKey[slot];
        if (known != null && Arrays.equals(known.bytes, key)) {
            return known.run;
        }
        char[] chars;
        try {
            chars = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(key))
                    .toString()
                    .toCharArray();
        } catch (CharacterCodingException e) {
            throw new Refusal(Reason.NO_RUN, "the record's key is not UTF-8; set the key to the run id, or to nothing");
        }
        check(new String(chars), "the record's key");
        String run = of(chars, 0, chars.length);
        byKey[slot] = new Key(key.clone(), run);
        return run;
    }

    /** The same run id, if it is one. */
    static String check(String run, String where) throws Refusal {
        if (run.isBlank()) {
            throw new Refusal(Reason.NO_RUN, where + " is empty; name the run");
        }
        if (run.length() > Limits.MAX_RUN_CHARS) {
            throw new Refusal(
                    Reason.NO_RUN,
                    where + " must have at most " + Limits.MAX_RUN_CHARS + " characters, got " + Excerpt.quote(run));
        }
        int bad = Excerpt.unprintable(run);
        if (bad >= 0) {
            throw new Refusal(
                    Reason.BAD_FIELD,
                    where + " must be printable, got " + Excerpt.quote(run) + " with a control character or lone"
                            + " surrogate at " + bad);
        }
        return run;
    }

    private static boolean equal(String text, char[] chars, int offset, int length) {
        if (text.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) != chars[offset + i]) {
                return false;
            }
        }
        return true;
    }

    private static int slot(int hash) {
        return (hash ^ (hash >>> 16)) & (SLOTS - 1);
    }
}
