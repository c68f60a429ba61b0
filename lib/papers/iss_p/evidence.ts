import { Error } from "../../errors.ts";
import type { Results } from "../../experiment/results.ts";
import { sparsityOf } from "../../sparse/masks.ts";
import { decodeSparse } from "../../sparse/pack/load_sparse.ts";
import type { SuperresUnits } from "./experiment.ts";
import type { LatencyRow } from "./latency.ts";
import type { Row } from "./train_and_test.ts";

/** Rows that verdicts are judged by. */
export interface Evidence {
  /** Rows of all runs. */
  readonly rows: readonly Row[];
  /** PSNR of bicubic interpolation on the test images, in dB. */
  readonly bicubic: number;
  /** Latency of one network, run densely and with channels gone. */
  readonly latency: readonly LatencyRow[];
  /**
   * Bytes of one sparse network's file and of the same as ONNX, and the share of zeros among what was pruned.
   */
  readonly file: { readonly sparse: number; readonly onnx: number; readonly zeros: number };
}

/**
 * The evidence in the results of an experiment; runs that failed are left out.
 *
 * @throws Error where bicubic interpolation, or the example, has no result
 */
export async function evidenceOf(units: SuperresUnits, results: Results<unknown>): Promise<Evidence> {
  const stored = await results.product(units.example);
  const { model, masks } = decodeSparse(stored);
  const [start] = results.rowsOf(units.bicubic);
  if (!start) throw new Error("Cannot judge the runs: bicubic interpolation has no result; the run says why");
  return {
    rows: units.runs.flatMap((unit) => results.rowsOf(unit)),
    bicubic: start.mean,
    latency: results.rowsOf(units.latencies),
    file: { sparse: stored.length, onnx: model.toOnnx().length, zeros: sparsityOf(model, masks).ofMasked },
  };
}
