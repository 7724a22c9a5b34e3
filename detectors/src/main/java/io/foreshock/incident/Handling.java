package io.foreshock.incident;

import org.jspecify.annotations.Nullable;

/**
 * What people have said about incidents. Asked whenever one is told; the answer decides nothing about what is judged,
 * only whom it calls.
 */
public interface Handling {
    /** Nobody has said anything. */
    Handling NONE = new Handling() {
        @Override
        public boolean muted(String run, String signature, long step) {
            return false;
        }

        @Override
        public @Nullable Acknowledgement acknowledged(String incident) {
            return null;
        }
    };

    /** True while the signature is muted for the run at this step. */
    boolean muted(String run, String signature, long step);

    /** Who has seen the incident of this id, or null. */
    @Nullable
    Acknowledgement acknowledged(String incident);
}
