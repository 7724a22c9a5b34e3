/** A real browser that looks at the report and the page. */
package io.foreshock.browser;
