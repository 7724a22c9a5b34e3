/** What training reports: samples of one rank, the row that the ranks of a step make together, the catalogue of signals. */
@NullMarked
package io.foreshock.telemetry;

import org.jspecify.annotations.NullMarked;
