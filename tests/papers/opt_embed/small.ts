import { type OptEmbedPreset, PRESETS } from "../../../lib/papers/opt_embed/presets.ts";

/** A small experiment of all kinds. */
export const SMALL: OptEmbedPreset = {
  about: "a test",
  base: {
    ...PRESETS.quick.base,
    data: { source: "synthetic", scale: 1, rows: [4000, 1000, 1000] },
    features: 4,
    training: { batchSize: 400, rate: 1e-2, weightDecay: 1e-4, epochs: 2, patience: 1 },
    supernet: { weightDecay: 3e-4, epochs: 2, thresholdRate: 0.5, alpha: 0.05, generations: 2 },
  },
  contests: [
    { methods: ["frequency", "plain", "OptEmbed", "OptEmbed-E", "OptEmbed-D"], seeds: [0] },
    { methods: ["OptEmbed"], seeds: [1] },
  ],
  real: [],
  supernets: [0],
  controls: [{ control: "no L2", seeds: 1 }, { control: "lazy L2", seeds: 1 }, {
    control: "labels shuffled",
    seeds: 1,
  }],
  recencyEpochs: 1,
  easyRuns: 10,
  latencyRuns: 2,
  workers: 2,
};
