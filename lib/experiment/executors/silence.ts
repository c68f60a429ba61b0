/**
 * Seconds without a sign of life after which those who work for a leader on other machines take it for dead,
 * and end. Long enough for a leader that is busy, or a network that is slow.
 */
export const SILENCE = 30;
