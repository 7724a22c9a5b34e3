/**
 * Layer imbalance: one layer's gradient leaves the proportion that it held to the others.
 *
 * <p><b>Sees</b> d = ln g_k - median of ln g over the other layers, for each layer k. Off is a layer whose mean d of 10 rows
 * is away from its usual d, the median over the run so far, by a factor of 5 or more, either way, <i>and</i> by six standard
 * errors of its own noise from row to row, for 20 rows in a row: info. By a factor of 10 for 50 rows: warning, unless half of
 * the layers moved (then the run did), or the layer came nearer to the others, or a signature that tells of the same trouble
 * better is firing. Of two layers nobody can say which one left: the sentence names one, and is true of both.
 *
 * <p>What acts on all layers alike cancels: batch noise, clipping, the schedule, spikes of the whole. <b>Units</b>: ratios,
 * rows. <b>Warm-up</b>: 64 rows, so that the first descent is the smaller half. <b>Cost</b>: about 50 numbers a layer and one
 * sort of the layers a row. Layers of gradient 0 are frozen and not seen; NaN, infinite and missing ones neither.
 *
 * <p><b>Blind</b> to a single layer, to several layers of a small model at once, to what is there from the start.
 * <b>Healthy look-alikes</b> that stay quiet: slow drifts (the lab's clean runs reach a factor of 2), noise of one layer, frozen
 * layers, a model that leaves a plateau and lets gradients through to its first layers. Indistinguishable: a layer that is meant to learn faster from some step on.
 *
 * <p>Source: gradient norms of layers and their differences tell unstable from stable training, arXiv:2410.23743. The test
 * is ours.
 */
@NullMarked
package io.foreshock.detect.layerimbalance;

import org.jspecify.annotations.NullMarked;
