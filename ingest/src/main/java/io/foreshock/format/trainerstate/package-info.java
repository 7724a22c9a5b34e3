/** The state that the Hugging Face Trainer saves with each checkpoint. */
@NullMarked
package io.foreshock.format.trainerstate;

import org.jspecify.annotations.NullMarked;
