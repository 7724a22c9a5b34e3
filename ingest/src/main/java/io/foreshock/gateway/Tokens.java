package io.foreshock.gateway;

import io.foreshock.http.Bearer;
import io.foreshock.http.Problem;
import io.foreshock.settings.SettingsException;
import io.foreshock.settings.Yaml;
import io.foreshock.wire.Excerpt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may send, and for which runs: a YAML file, in which a token stands as itself or as its SHA-256.
 *
 * <pre>{@code
 * tokens:
 *   team-a:
 *     token_sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
 *     runs: ["llama-*", "team-a/*"]
 *   ci:
 *     token: 6b1d3c0f1f0d4f7fa5a0f0e5
 *     runs: ["*"]
 * }</pre>
 */
final class Tokens {
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
    private static final HexFormat HEX = HexFormat.of();

    /** By the SHA-256 of the token, in hex: looking one up tells nothing about the others. */
    private final Map<String, Grant> byDigest;

    private Tokens(Map<String, Grant> byDigest) {
        this.byDigest = Map.copyOf(byDigest);
    }

    int count() {
        return byDigest.size();
    }

    /**
     * What the sender of a request may do.
     *
     * @param authorization its {@code Authorization}, or null
     * @throws Problem 401 if it brings no token, or an unknown one
     */
    Grant of(@Nullable String authorization) {
        Grant grant = byDigest.get(HEX.formatHex(Bearer.digest(Bearer.of(authorization))));
        if (grant == null) {
            throw Problem.of(
                    401,
                    "Unauthorized",
                    "this gateway wants a token as 'Authorization: Bearer TOKEN', and "
                            + (authorization == null ? "none came" : "the one that came is not known"));
        }
        return grant;
    }

    /**
     * Reads the file's text.
     *
     * @param source what the file is called in messages
     * @throws SettingsException naming every problem with its line, and no token
     */
    static Tokens read(String source, String text) throws SettingsException {
        return new Reading(source).tokens(Yaml.read(source, text));
    }

    private static final class Reading {
        private final String source;
        private final List<SettingsException.Problem> problems = new ArrayList<>();
        private final Map<String, Grant> byDigest = new HashMap<>();

        Reading(String source) {
            this.source = source;
        }

        Tokens tokens(Yaml root) throws SettingsException {
            Yaml.Field section = root instanceof Yaml.Mapping mapping ? mapping.field("tokens") : null;
            if (section == null
                    || !(section.value() instanceof Yaml.Mapping names)
                    || names.fields().isEmpty()) {
                problem(
                        section == null ? root.line() : section.line(),
                        "tokens must have a name for each token, with token or token_sha256, and runs");
            } else {
                names.fields().forEach(this::token);
            }
            if (!problems.isEmpty()) {
                throw new SettingsException(source, problems);
            }
            return new Tokens(byDigest);
        }

        private void token(Yaml.Field field) {
            String place = "tokens." + Excerpt.plain(field.key());
            if (!(field.value() instanceof Yaml.Mapping mapping)) {
                problem(field.line(), place + " must have token or token_sha256, and runs");
                return;
            }
            for (Yaml.Field part : mapping.fields()) {
                if (!List.of("token", "token_sha256", "runs").contains(part.key())) {
                    problem(
                            part.line(),
                            place + " has no field " + Excerpt.plain(part.key())
                                    + "; its fields are token, token_sha256, runs");
                }
            }
            String digest = digest(place, field.line(), mapping);
            List<String> runs = runs(place, field.line(), mapping.field("runs"));
            if (digest != null && byDigest.put(digest, new Grant(field.key(), runs)) != null) {
                problem(field.line(), place + " has the token of another; give each its own");
            }
        }

        private @Nullable String digest(String place, int line, Yaml.Mapping mapping) {
            Yaml.Field token = mapping.field("token");
            Yaml.Field hashed = mapping.field("token_sha256");
            if ((token == null) == (hashed == null)) {
                problem(line, place + " must have either token or token_sha256");
                return null;
            }
            if (hashed != null) {
                String digest = hashed.value() instanceof Yaml.Scalar scalar
                        ? scalar.text().toLowerCase(Locale.ROOT)
                        : "";
                if (!SHA_256.matcher(digest).matches()) {
                    problem(
                            hashed.line(),
                            place
                                    + ".token_sha256 must be 64 hexadecimal digits, the output of: printf %s TOKEN | sha256sum");
                    return null;
                }
                return digest;
            }
            try {
                String text = token != null && token.value() instanceof Yaml.Scalar scalar ? scalar.text() : "";
                Bearer.check(text);
                return HEX.formatHex(Bearer.digest(text));
            } catch (IllegalArgumentException e) {
                problem(line, place + ": " + e.getMessage());
                return null;
            }
        }

        private List<String> runs(String place, int line, Yaml.@Nullable Field field) {
            List<String> runs = new ArrayList<>();
            if (field != null && field.value() instanceof Yaml.Items items) {
                for (Yaml item : items.items()) {
                    if (item instanceof Yaml.Scalar scalar && !scalar.text().isBlank()) {
                        runs.add(scalar.text());
                    } else {
                        problem(item.line(), place + ".runs must hold patterns of run names, * for any characters");
                    }
                }
            }
            if (runs.isEmpty()) {
                problem(
                        field == null ? line : field.line(),
                        place + ".runs must be a list of patterns, [\"*\"] for all runs");
            }
            return runs;
        }

        private void problem(int line, String message) {
            problems.add(new SettingsException.Problem(line, message));
        }
    }
}
