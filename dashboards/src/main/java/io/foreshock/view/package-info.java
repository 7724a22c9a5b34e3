/**
 * What is shown of a run: timelines that do not grow with it, its incidents, and the JSON that the browser draws. The report
 * holds that JSON in a file, the run page serves it.
 */
@NullMarked
package io.foreshock.view;

import org.jspecify.annotations.NullMarked;
