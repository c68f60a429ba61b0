/**
 * Bicubic scores that an independent program (Python with NumPy) measured on the same files: low-resolution images
 * made as MATLAB makes them, enlarged again, border of the scale left out. To the digits it printed.
 */

/** PSNR in dB and SSIM. */
export type Score = readonly [psnr: string, ssim: string];

/** By scale 2, 3, 4. */
type ByScale<T> = readonly [T, T, T];

/** A set's scores: means over its images. */
export interface GoldenScores {
  /** Both images in RGB bytes, then Y without rounding, grey as colour: as BasicSR measures. */
  colour: ByScale<Score>;
  /** Rounded Y of the original, shrunk and enlarged without rounding, rounded once, grey as Y: as MATLAB scripts do. */
  luma: ByScale<Score | readonly [psnr: string]>;
  /** PSNR over red, green and blue. */
  rgb: ByScale<string>;
}

/** By folder of the super-resolution data. */
export const GOLDEN: Readonly<Record<string, GoldenScores>> = {
  Set5: {
    colour: [["33.6734", "0.93029"], ["30.4033", "0.86891"], ["28.4290", "0.81114"]],
    luma: [["33.6614", "0.92988"], ["30.3922", "0.86821"], ["28.4207", "0.81037"]],
    rgb: ["31.7866", "28.6236", "26.6921"],
  },
  Set14: {
    colour: [["30.3246", "0.86985"], ["27.6311", "0.77588"], ["26.0884", "0.70480"]],
    luma: [["30.2318", "0.86865"], ["27.5405", "0.77361"], ["26.0001", "0.70186"]],
    rgb: ["28.5183", "25.9440", "24.4616"],
  },
  BSD100_20: {
    colour: [["29.4531", "0.85591"], ["27.0367", "0.75608"], ["25.7674", "0.68671"]],
    luma: [["29.4523"], ["27.0359"], ["25.7673"]],
    rgb: ["28.1247", "25.7132", "24.4453"],
  },
  Urban100_5: {
    colour: [["26.9342", "0.83659"], ["23.8435", "0.72260"], ["22.1056", "0.62737"]],
    luma: [["26.9320"], ["23.8425"], ["22.1052"]],
    rgb: ["25.3324", "22.2739", "20.5355"],
  },
};

/** Set5, image by image, as {@linkcode GoldenScores.colour}. */
export const GOLDEN_SET5: Readonly<Record<string, ByScale<Score>>> = {
  baby: [["37.0781", "0.95234"], ["33.9247", "0.90477"], ["31.7842", "0.85754"]],
  bird: [["36.8210", "0.97249"], ["32.5845", "0.92629"], ["30.1815", "0.87357"]],
  butterfly: [["27.4365", "0.91579"], ["24.0385", "0.82223"], ["22.0996", "0.73746"]],
  head: [["34.8817", "0.86296"], ["32.9026", "0.80095"], ["31.6133", "0.75461"]],
  woman: [["32.1498", "0.94786"], ["28.5663", "0.89029"], ["26.4665", "0.83250"]],
};
