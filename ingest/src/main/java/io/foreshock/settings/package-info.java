/**
 * What people set: the settings file, custom rules, mutes and acknowledgements; in files as YAML, on topic
 * {@code foreshock.settings} as JSON.
 */
@NullMarked
package io.foreshock.settings;

import org.jspecify.annotations.NullMarked;
