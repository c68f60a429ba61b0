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

/** The nearest byte; halves go up, as MATLAB rounds (a `Uint8ClampedArray` takes them to the even one). */
export function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.floor(value + 0.5)));
}
