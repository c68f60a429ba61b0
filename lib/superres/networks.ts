import { edsrTiny } from "../nn/edsr_tiny.ts";
import type { Model } from "../onnx/model.ts";

/** A network of the experiments. */
export interface SuperresNetwork {
  /** For figures. */
  label: string;
  /** What its pictures are. */
  space: "luma" | "rgb";
  /** Builds it with weights of this seed. */
  build: (scale: number, seed: number) => Model;
}

const tiny = (label: string, features: number, blocks: number): SuperresNetwork => ({
  label,
  space: "luma",
  build: (scale, seed) => edsrTiny({ scale, features, blocks, seed }),
});

/** Networks that runs can name. */
export const NETWORKS = {
  "edsr-tiny": tiny("EDSR-tiny, 9,612 weights", 12, 3),
  "edsr-tiny-narrow": tiny("EDSR-tiny, 8 channels", 8, 3),
  "edsr-tiny-wide": tiny("EDSR-tiny, 16 channels, 4 blocks", 16, 4),
  "edsr-tiny-wider": tiny("EDSR-tiny, 24 channels, 4 blocks", 24, 4),
} as const satisfies Record<string, SuperresNetwork>;

/** Names of the networks. */
export type NetworkName = keyof typeof NETWORKS;
