/** Reads the transaction logs of Weights &amp; Biases, {@code run-*.wandb}, which hold a run whether it was synced or not. */
@NullMarked
package io.foreshock.format.wandb;

import org.jspecify.annotations.NullMarked;
