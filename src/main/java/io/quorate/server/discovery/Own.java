package io.quorate.server.discovery;

/**
 * One of the peer URLs that this member advertises.
 *
 * @param scheme {@code http} or {@code https}
 * @param host a name or an address, IPv6 without brackets
 * @param port its port
 * @param text the whole URL
 */
public record Own(String scheme, String host, int port, String text) {}
