/** What our HTTP servers, the gateway and the run page, have in common: where they listen, and how they say no. */
@NullMarked
package io.foreshock.http;

import org.jspecify.annotations.NullMarked;
