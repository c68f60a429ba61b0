import { float32, int64, type Tensor } from "../../lib/tensor/tensor.ts";

/** A tensor in `tests/fixtures/train.jsonl`. */
interface Numbers {
  dims: number[];
  data: number[];
}

/** A small training as PyTorch did it; see `tests/fixtures/make_train_fixtures.py`. */
export interface TrainingFixture {
  name: string;
  network: "mlp" | "convBn";
  loss: [name: string, options: Record<string, number>];
  optimizer: [name: "sgd" | "adamW", options: Record<string, never>];
  clip: number | null;
  ema: number | null;
  decayWeightsOnly: boolean;
  rates: number[];
  batches: Record<string, Numbers>[];
  start: Record<string, Numbers>;
  losses: number[];
  end: Record<string, number[]>;
}

const rows = Deno.readTextFileSync(new URL("../fixtures/train.jsonl", import.meta.url)).trim().split("\n")
  .map((line) => JSON.parse(line));

export const trainingFixtures: TrainingFixture[] = rows.filter((row) => "losses" in row);

/** Learning rates of 20 steps, by schedule. */
export const scheduleFixtures: Record<string, number[]> = Object.fromEntries(
  rows.filter((row) => !("losses" in row)).map(({ name, rates }) => [name, rates]),
);

/** Labels and those of others are int64, everything else float32. */
export function tensorsOf(numbers: Record<string, Numbers>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, { dims, data }]) => [
      name,
      name === "labels" || name === "others" ? int64(data, dims) : float32(data, dims),
    ]),
  );
}
