/**
 * The run page: all runs and one run, live from the topics, for the browser and as a JSON API. What it knows it has read from
 * the topics, so a restart loses nothing; what people do on it goes to the settings topic, as from the command line.
 */
@NullMarked
package io.foreshock.page;

import org.jspecify.annotations.NullMarked;
