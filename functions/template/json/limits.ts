/** How deep lists and objects may lie in one another: about where Python's reader raises its RecursionError. */
export const MAX_DEPTH = 990;

/** Digits beyond which Python 3.11 neither reads nor prints an int. */
export const MAX_INT_DIGITS = 4300;
