/** An image of 8-bit samples, row by row, the channels of a pixel side by side. */
export interface Image {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  /** `width · height · channels` samples. */
  readonly data: Uint8Array;
}

/** Samples of the largest image that is read: 256 MiB, such as 9,459 × 9,459 in colour. */
export const MOST_SAMPLES = 2 ** 28;

/** The nearest byte; halves go up, as MATLAB rounds (a `Uint8ClampedArray` takes them to the even one). */
export function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.floor(value + 0.5)));
}
