/**
 * The Flink job: read and key, judge, write. Wiring, keyed state and serializers are here; what is said of a run is
 * {@link io.foreshock.judge.RunJudge}'s business.
 */
@NullMarked
package io.foreshock.job;

import org.jspecify.annotations.NullMarked;
