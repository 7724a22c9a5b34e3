package io.foreshock.format;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** What can happen to bytes. */
public final class Mutation {
    private static final int[] EXTREMES = {0, 1, 0x7f, 0x80, 0xff};

    private Mutation() {}

    /** The bytes with one to four things wrong: bits flipped, bytes replaced, taken out, doubled, or the rest cut off. */
    public static byte[] of(byte[] bytes, Random random) {
        byte[] mutated = bytes.clone();
        for (int i = 1 + random.nextInt(4); i > 0 && mutated.length > 0; i--) {
            int at = random.nextInt(mutated.length);
            int length = Math.min(mutated.length - at, 1 + random.nextInt(40));
            switch (random.nextInt(6)) {
                case 0, 1 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> mutated[at] = (byte) EXTREMES[random.nextInt(EXTREMES.length)];
                case 3 -> mutated = spliced(mutated, at, at + length);
                case 4 -> mutated = spliced(mutated, at + length, at);
                default -> mutated = spliced(mutated, at, mutated.length);
            }
        }
        return mutated;
    }

    /** What is before {@code to}, then what is from {@code from} on: takes bytes out, or doubles them. */
    private static byte[] spliced(byte[] bytes, int to, int from) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes, 0, to);
        out.write(bytes, from, bytes.length - from);
        return out.toByteArray();
    }
}
