package io.foreshock.settings;

import java.util.Collection;

/** What a misspelt word was probably meant to be. */
public final class Spelling {
    private Spelling() {}

    /** {@code "; did you mean sigmas? Known are sigmas, excess"}, or what is known alone when nothing is near. */
    static String known(String word, Collection<String> candidates) {
        String hint = hint(word, candidates);
        return (hint.isEmpty() ? "; known are " : hint + " Known are ") + String.join(", ", candidates);
    }

    /** {@code "; did you mean sigmas?"}, or nothing when no candidate is near. */
    public static String hint(String word, Collection<String> candidates) {
        String nearest = null;
        // A third of the letters may be wrong.
        int least = Math.max(1, word.length() / 3) + 1;
        for (String candidate : candidates) {
            int distance = distance(word, candidate, least);
            if (distance < least) {
                least = distance;
                nearest = candidate;
            }
        }
        return nearest == null ? "" : "; did you mean " + nearest + "?";
    }

    /** Letters to insert, delete, replace or swap with their neighbour; {@code limit} when lengths differ that much. */
    private static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) >= limit) {
            return limit;
        }
        int[][] distance = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    distance[i][j] = i + j;
                    continue;
                }
                int replaced = distance[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                int shifted = Math.min(distance[i - 1][j], distance[i][j - 1]) + 1;
                distance[i][j] = Math.min(replaced, shifted);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    distance[i][j] = Math.min(distance[i][j], distance[i - 2][j - 2] + 1);
                }
            }
        }
        return distance[a.length()][b.length()];
    }
}
