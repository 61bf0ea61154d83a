/**
 * Ten common tasks with our client, to lie beside those with jetcd in {@code compat/jetcd}; see
 * {@code docs/CLIENT-AND-JETCD.md}.
 */
package io.quorate.tasks;
