package io.foreshock.cli;

import java.nio.file.Path;

/** Where Foreshock is installed, as the launcher says. */
final class Home {
    private Home() {}

    /** Recorded runs that come with Foreshock. */
    static Path runs() {
        return Path.of(System.getProperty("foreshock.home", "."), "runs");
    }

    /** How the person who reads this started Foreshock. */
    static String command() {
        return System.getProperty("foreshock.command", "foreshock");
    }

    /** The path as short as it gets from here. */
    static Path shown(Path path) {
        Path here = Path.of("").toAbsolutePath();
        Path full = path.toAbsolutePath().normalize();
        return full.startsWith(here) ? here.relativize(full) : full;
    }
}
