import { edsr } from "../../nn/edsr.ts";
import { edsrTiny } from "../../nn/edsr_tiny.ts";
import { swinir } from "../../nn/swinir.ts";
import type { Model } from "../../onnx/model.ts";

/** A network of the experiments. */
export interface SuperresNetwork {
  /** Name in figures. */
  label: string;
  /** Colours of the network's images. */
  space: "luma" | "rgb";
  /** Weights that multiply each pixel of the small image, in thousands: what time is estimated from. */
  thousands: number;
  /** Word in the names of the layers that the release aligns for ASSL. */
  aligned: "conv" | "mlp";
  /** Builds it with weights of this seed. */
  build: (scale: number, seed: number) => Model;
}

const tiny = (label: string, features: number, blocks: number): SuperresNetwork => ({
  label,
  space: "luma",
  aligned: "conv",
  thousands: 9 * features * (5 + features * (2 * blocks + 1)) / 1000,
  build: (scale, seed) => edsrTiny({ scale, features, blocks, seed }),
});

type Scale = 2 | 3 | 4;

/** Names of the networks. */
export type NetworkName =
  | "edsr-tiny"
  | "edsr-tiny-narrow"
  | "edsr-tiny-wide"
  | "edsr-tiny-wider"
  | "edsr-baseline"
  | "edsr-L"
  | "swinir-light";

/** Networks that runs can name. */
export const NETWORKS: Readonly<Record<NetworkName, SuperresNetwork>> = {
  "edsr-tiny": tiny("EDSR-tiny, 9,612 weights", 12, 3),
  "edsr-tiny-narrow": tiny("EDSR-tiny, 8 channels", 8, 3),
  "edsr-tiny-wide": tiny("EDSR-tiny, 16 channels, 4 blocks", 16, 4),
  "edsr-tiny-wider": tiny("EDSR-tiny, 24 channels, 4 blocks", 24, 4),
  "edsr-baseline": {
    label: "EDSR-baseline",
    space: "rgb",
    aligned: "conv",
    thousands: 1500,
    build: (scale, seed) => edsr({ scale: scale as Scale, seed }),
  },
  "edsr-L": {
    label: "EDSR-L",
    space: "rgb",
    aligned: "conv",
    thousands: 43_000,
    build: (scale, seed) => edsr({ scale: scale as Scale, variant: "L", seed }),
  },
  "swinir-light": {
    label: "SwinIR-light",
    space: "rgb",
    aligned: "mlp",
    thousands: 900,
    build: (scale, seed) => swinir({ scale, seed }),
  },
};

/** Networks whose stored sizes were counted independently, too. */
export const STORED_NETWORKS: readonly { name: NetworkName; label: string; scale: number }[] = [
  { name: "edsr-baseline", label: "EDSR-baseline ×4", scale: 4 },
  { name: "swinir-light", label: "SwinIR-light ×4", scale: 4 },
];
