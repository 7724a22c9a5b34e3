/** The report: one HTML file that shows runs, without a network, also years later. */
@NullMarked
package io.foreshock.report;

import org.jspecify.annotations.NullMarked;
