/**
 * What Prometheus scrapes: every run's state out of the topics ({@link io.foreshock.board}), and the health of the way from the
 * training process to the alert. A scrape reads memory and waits for nobody.
 */
@NullMarked
package io.foreshock.exporter;

import org.jspecify.annotations.NullMarked;
