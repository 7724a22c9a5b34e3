package io.foreshock.backtest;

/** A corpus cannot be scored; the message says which file or field is wrong and how it should be. */
public final class CorpusException extends Exception {
    public CorpusException(String message) {
        super(message);
    }
}
