/**
 * Changes that somebody made to a run: a resume, a step of the learning rate, another batch size, other data, a lost
 * optimizer state. They are recognised by {@link io.foreshock.detect.Changes}, which says how; here they become incidents
 * of severity info, so that a person who looks at a curve sees what was done to it, and that an incident that follows can
 * name it as its cause.
 *
 * <p>What each touches: a resume from before four fifths of the run, another batch size (by a quarter or more) and another
 * logged data stage begin new courses of loss and gradient; a resume, a rise of the rate and a lost optimizer state make
 * the next 32 rows of the loss suspect; nothing else is forgotten. An incident lasts for 32 rows, or for twice the time
 * between the last two changes of its kind, so that a ramp is one incident and a cyclic schedule two.
 *
 * <p><b>Units</b>: those of the metric. <b>Warm-up</b>: 12 rows of the metric. <b>Cost</b>: none beyond what
 * {@code Changes} costs every run. <b>Blind</b> to rates, sizes and moments that are not logged; to changes of data of less
 * than 5 % of the loss or without a gradient norm beside them; to resumes of logs without attempts or time stamps whose
 * steps go on. <b>Look-alikes</b> that are no changes: warm-ups, cosines, decays to zero, batches of varying length.
 */
@NullMarked
package io.foreshock.detect.context;

import org.jspecify.annotations.NullMarked;
