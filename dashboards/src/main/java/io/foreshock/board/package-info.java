/**
 * What the topics tell of all runs: where each stands, its last numbers, its incidents, and what people have set. The page and
 * the exporter both read it, so they cannot differ; started again, it is what it was.
 */
@NullMarked
package io.foreshock.board;

import org.jspecify.annotations.NullMarked;
