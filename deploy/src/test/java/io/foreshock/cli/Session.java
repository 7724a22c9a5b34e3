package io.foreshock.cli;

import io.foreshock.replay.HighLoss;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/**
 * What one call of {@code foreshock} printed.
 *
 * @param code its exit code
 * @param out standard output
 * @param err standard error
 */
record Session(int code, String out, String err) {

    /** Runs the command line in this process, with two signatures as simple as can be. */
    static Session foreshock(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Foreshock.commandLine(List.of(HighLoss.SIGNATURE, HighLoss.NEEDS_REWARD))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err));
        String[] words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = String.valueOf(arguments[i]);
        }
        return new Session(line.execute(words), out.toString(), err.toString());
    }
}
