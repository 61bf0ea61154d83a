package io.quorate.watch;

/**
 * What a hub holds and has done.
 *
 * @param streams open streams
 * @param watchers watches of all streams
 * @param slow watches that are behind the store
 * @param events events delivered since the start, counted once for each watch
 */
public record WatchStats(int streams, int watchers, int slow, long events) {}
