/** Reads the event files that TensorBoard's writers leave: those of PyTorch, tensorboardX, TensorFlow and JAX alike. */
@NullMarked
package io.foreshock.format.tensorboard;

import org.jspecify.annotations.NullMarked;
