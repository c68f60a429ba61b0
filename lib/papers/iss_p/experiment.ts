import { withoutUndefined } from "../../options.ts";
import { type Kind, type Unit, unit } from "../../experiment/unit.ts";
import { encodeSparse } from "../../sparse/pack/save_sparse.ts";
import { hasBenchmarkSet } from "../../superres/benchmark_sets.ts";
import {
  bicubic,
  scoreOf,
  scoreSets,
  type SetScore,
  superresData,
  type SuperresDataOptions,
  superresFiles,
} from "../../superres/data.ts";
import { type LatencyRow, measureSparse } from "./latency.ts";
import { measureLayer } from "./layer_latency.ts";
import { type NetworkName, NETWORKS } from "./networks.ts";
import { runsOf, type SuperresPreset } from "./presets.ts";
import { pruneAndTest } from "./structured.ts";
import { labelOf } from "./summary.ts";
import { type Row, type RunSpec, trainAndTest } from "./train_and_test.ts";

const module = import.meta.url;

/**
 * Seconds that a processor core takes for a billion multiply-adds forwards, and for what goes backwards after
 * them.
 */
const PER_BILLION = 0.36;

const training: Kind<RunSpec, Row> = {
  name: "iss_p/run",
  version: 2,
  module,
  data: ({ data }) => superresFiles(data),
  label: (spec) => `${labelOf(spec)}, sparsity ${spec.sparsity}, ×${spec.data.scale}, seed ${spec.seed}`,
  seconds: ({ network, steps, batchSize, patch }) =>
    PER_BILLION * steps * batchSize * patch ** 2 * NETWORKS[network].thousands / 1e6,
  async work(spec, { runtime, shared, progress, scratch }) {
    const options = { ...spec.data, space: NETWORKS[spec.network].space };
    const train = spec.method === "structured" ? pruneAndTest : trainAndTest;
    const { row, model, masks } = await train(spec, {
      data: await shared(`superres ${JSON.stringify(options)}`, () => superresData(options)),
      runtime: await runtime(),
      progress,
      checkpoints: await scratch(),
    });
    const products: Record<string, Uint8Array> = masks
      ? { "network.safetensors": encodeSparse(model, { masks }) }
      : { "network.onnx": model.toOnnx() };
    return { rows: [row], products };
  },
};

/** Scores of bicubic interpolation. */
export interface BicubicRow {
  /** Mean PSNR over the test images, in dB. */
  mean: number;
  /** PSNR of each test image by its name, in dB. */
  pictures: Record<string, number>;
  /** Scores on all further sets. */
  sets: readonly SetScore[];
}

const interpolation: Kind<Omit<SuperresDataOptions, "train">, BicubicRow> = {
  name: "iss_p/bicubic",
  version: 2,
  module,
  data: (spec) => superresFiles({ ...spec, train: [] }),
  label: ({ test, scale }) => `bicubic interpolation of ${test}, ×${scale}`,
  seconds: () => 2,
  async work(spec) {
    const data = await superresData({ ...spec, train: [] });
    const upscale = bicubic(spec.scale);
    const { mean, images } = await scoreOf(data, upscale);
    return { rows: [{ mean, pictures: images, sets: await scoreSets(data, upscale) }] };
  },
};

/** Settings of a timing, by the share of its multiply-adds that is zero, or gone. */
interface Timing {
  readonly sparsities: readonly number[];
  readonly runs: number;
}

const latencies: Kind<Timing & { network: NetworkName; scale: number; seed: number }, LatencyRow> = {
  name: "iss_p/latencies",
  version: 2,
  module,
  timing: true,
  label: ({ network, scale }) => `latencies of ${NETWORKS[network].label}, ×${scale}`,
  seconds: ({ network, sparsities, runs }) =>
    2 * sparsities.length * runs * (0.1 + PER_BILLION / 3 * 128 ** 2 * NETWORKS[network].thousands / 1e6),
  async work({ network, scale, seed, ...timing }, { runtime, progress }) {
    const model = NETWORKS[network].build(scale, seed);
    return { rows: await measureSparse(model, { ...timing, runtime: await runtime(), progress }) };
  },
};

const layer: Kind<Timing, LatencyRow> = {
  name: "iss_p/layer-latencies",
  version: 1,
  module,
  timing: true,
  label: () => "latencies of one layer",
  seconds: ({ sparsities, runs }) => 0.01 * sparsities.length * runs,
  work: async (spec, { runtime }) => ({ rows: await measureLayer({ ...spec, runtime: await runtime() }) }),
};

/** All kinds of the experiment. */
export const kinds: readonly Kind[] = [training, interpolation, latencies, layer];

/** Everything that the notebook computes. */
export interface SuperresUnits {
  /** Images that all runs train and test on. */
  readonly data: SuperresDataOptions;
  /** All runs of the contest. */
  readonly runs: readonly Unit<RunSpec, Row>[];
  /** The run by ISS-P, one of them, that the notebook looks at closely: its product is the sparse network. */
  readonly example: Unit<RunSpec, Row>;
  /** Scores of bicubic interpolation. */
  readonly bicubic: Unit<unknown, BicubicRow>;
  /** Latency of the network, dense, with zeros, and with channels gone. */
  readonly latencies: Unit<unknown, LatencyRow>;
  /** Latency of one layer by its sparsity. */
  readonly layer: Unit<unknown, LatencyRow>;
  /** All of them. */
  readonly all: readonly Unit[];
}

const SPARSITIES = [0.5, 0.9, 0.95, 0.99];

/**
 * The units of a preset, for the images of this machine.
 *
 * @throws Error where a set to train on is not on this machine
 */
export function unitsOf(preset: SuperresPreset, { seed }: { seed: number }): SuperresUnits {
  const { base: { network }, latencyRuns } = preset;
  const { space } = NETWORKS[network];
  const data = dataOf(preset);
  const { train: _, validation: __, ...tested } = data;
  const { scale } = data;
  const runs = runsOf(preset, { seed, data }).map((spec) => unit(training, spec));
  const units = {
    bicubic: unit(interpolation, { ...tested, space }),
    latencies: unit(latencies, { network, scale, seed, sparsities: SPARSITIES, runs: latencyRuns }),
    layer: unit(layer, { sparsities: [0, ...SPARSITIES], runs: 200 }),
  };
  return {
    data: { ...data, space },
    runs,
    example: runs.find(({ spec }) => spec.method === "iss-p")!,
    ...units,
    all: [units.bicubic, ...runs, units.latencies, units.layer],
  };
}

/**
 * The images of a preset, as far as they are here: textures in place of the test set, of further sets those
 * there are.
 */
function dataOf({ base: { data } }: SuperresPreset): RunSpec["data"] {
  const { test, alsoTest } = data;
  return withoutUndefined({
    ...data,
    test: test !== "procedural" && hasBenchmarkSet(test) ? test : "procedural",
    alsoTest: alsoTest?.filter(hasBenchmarkSet),
  });
}
