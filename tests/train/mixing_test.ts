import assert from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import { float32, int64, numbersOf } from "../../lib/tensor/tensor.ts";
import type { Batch } from "../../lib/train/batches.ts";
import { mixedCrossEntropy } from "../../lib/train/losses.ts";
import { cutMix, cutOf, inTurn, mixUp, oneOf } from "../../lib/train/mixing.ts";
import { fit } from "../../lib/train/fit.ts";
import { mlp } from "../../lib/nn/mlp.ts";
import { assertClose, REORDERED_FLOAT32 } from "../close.ts";

const [COUNT, CHANNELS, HEIGHT, WIDTH] = [5, 2, 6, 9];
const IMAGE = CHANNELS * HEIGHT * WIDTH;
const LABELS = [3, 1, 4, 0, 2];
const OTHERS = [2, 3, 1, 4, 0];

/** Images that are the same number everywhere, that of the image. */
function plainImages(): Batch {
  const pixels = Array.from({ length: COUNT * IMAGE }, (_, i) => Math.floor(i / IMAGE) + 1);
  return {
    inputs: { input: float32(pixels, [COUNT, CHANNELS, HEIGHT, WIDTH]) },
    targets: { labels: int64(LABELS) },
  };
}

const own = (image: number) => image + 1;
const before = (image: number) => (image + COUNT - 1) % COUNT + 1;

/** Pixels of each image, and what the targets say. */
const read = ({ inputs, targets }: Batch) => {
  const all = numbersOf(inputs.input!);
  return {
    images: Array.from({ length: COUNT }, (_, i) => all.slice(i * IMAGE, (i + 1) * IMAGE)),
    labels: numbersOf(targets.labels!),
    others: numbersOf(targets.others!),
    share: numbersOf(targets.share!),
  };
};

Deno.test("mixUp: every pixel is share of its own and the rest of the image before, whose label is the other", async () => {
  const given = plainImages();
  const shares = new Set<number>();
  for (let seed = 0; seed < 20; seed++) {
    const { images, labels, others, share } = read(await mixUp({ alpha: 1 })(given, seededRandom(seed)));
    assert.deepEqual([labels, others], [LABELS, OTHERS]);
    assert.equal(new Set(share).size, 1);
    shares.add(share[0]!);
    images.forEach((pixels, i) => {
      const expected = share[0]! * own(i) + (1 - share[0]!) * before(i);
      assertClose(pixels, pixels.map(() => expected), REORDERED_FLOAT32);
    });
  }
  assert.ok(shares.size === 20 && Math.min(...shares) > 0 && Math.max(...shares) < 1);
  assert.deepEqual(numbersOf(given.inputs.input!), numbersOf(plainImages().inputs.input!));
});

Deno.test("cutMix: one rectangle comes from the image before, and share is what stays of the area", async () => {
  const shares = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const { images, labels, others, share } = read(await cutMix()(plainImages(), seededRandom(seed)));
    assert.deepEqual([labels, others], [LABELS, OTHERS]);
    const foreign = images.map((pixels, i) => {
      assert.ok(pixels.every((pixel) => pixel === own(i) || pixel === before(i)));
      return pixels.map((pixel) => pixel === before(i));
    });
    // The same places in all channels of all images.
    const [first] = foreign;
    const area = HEIGHT * WIDTH;
    for (const all of foreign) assert.deepEqual(all, first);
    assert.deepEqual(first!.slice(0, area), first!.slice(area, 2 * area));
    const places = first!.slice(0, area).flatMap((is, i) =>
      is ? [[Math.floor(i / WIDTH), i % WIDTH] as const] : []
    );
    shares.add(Math.round(share[0]! * area));
    assertClose(share, share.map(() => 1 - places.length / area), REORDERED_FLOAT32);
    if (places.length === 0) continue;
    const [rows, columns] = [places.map(([row]) => row), places.map(([, column]) => column)];
    const span = (numbers: readonly number[]) => Math.max(...numbers) - Math.min(...numbers) + 1;
    assert.equal(span(rows) * span(columns), places.length, "a rectangle");
  }
  assert.ok(shares.size > 8, `${shares.size} areas`);
});

Deno.test("a cut has half of the sides that its area asks for on each side of its centre, inside of the image", () => {
  // Worked out by hand: sides of the root of 1/4 and of 0.51 of the image's, halves cut to whole pixels.
  assert.deepEqual(cutOf([8, 8], { share: 0.75, x: 1, y: 7 }), { left: 0, top: 5, right: 3, bottom: 8 });
  assert.deepEqual(cutOf([100, 200], { share: 0.75, x: 90, y: 40 }), {
    left: 40,
    top: 15,
    right: 140,
    bottom: 65,
  });
  assert.deepEqual(cutOf([10, 10], { share: 0.49, x: 5, y: 5 }), { left: 2, top: 2, right: 8, bottom: 8 });
  assert.deepEqual(cutOf([10, 10], { share: 1, x: 5, y: 5 }), { left: 5, top: 5, right: 5, bottom: 5 });
  assert.deepEqual(cutOf([10, 10], { share: 0, x: 5, y: 5 }), { left: 0, top: 0, right: 10, bottom: 10 });
});

Deno.test("one of several is each of them in turn by chance, and several in turn are one after the other", async () => {
  const chosen: string[] = [];
  const note = (name: string) => (batch: Batch) => {
    chosen.push(name);
    return batch;
  };
  const random = seededRandom(1);
  const some = oneOf(note("a"), note("b"));
  for (let i = 0; i < 400; i++) await some(plainImages(), random);
  const first = chosen.filter((name) => name === "a").length;
  assert.ok(chosen.length === 400 && Math.abs(first - 200) < 50, `${first} of 400`);
  chosen.length = 0;
  await inTurn(note("a"), note("b"), note("c"))(plainImages(), random);
  assert.deepEqual(chosen, ["a", "b", "c"]);
});

Deno.test("a change says what it is, so that a run does not go on from another's checkpoint", () => {
  assert.equal(
    `${inTurn(oneOf(mixUp(), cutMix({ alpha: 0.5 })))}`,
    "inTurn(oneOf(mixUp(0.2), cutMix(0.5)))",
  );
});

Deno.test("what cannot be mixed is told what it has to be", () => {
  const random = seededRandom(0);
  const mix = mixUp();
  const batch = plainImages();
  assert.throws(
    () => mixUp({ alpha: 0 }),
    /RangeError: Cannot use mixUp with alpha 0: expected a number above 0/,
  );
  assert.throws(() => cutMix({ alpha: NaN }), /Cannot use cutMix with alpha NaN/);
  assert.throws(() => oneOf(), /Cannot call oneOf without functions that change a batch/);
  assert.throws(
    () => mix({ ...batch, targets: { expected: float32([1]) } }, random),
    /Cannot mix examples whose target "labels" is not there: expected int64 \[N\]; train with mixedCrossEntropy/,
  );
  assert.throws(
    () => mix({ ...batch, inputs: { words: int64(LABELS) } }, random),
    /Cannot mix input "words": expected float32, found int64 \[5\]/,
  );
  assert.throws(
    () => cutMix()({ ...batch, inputs: { rows: float32([1, 2, 3, 4, 5], [5, 1]) } }, random),
    /Cannot cut and mix inputs of float32 \[5, 1\]: expected one of images, float32 \[N, C, H, W\]/,
  );
  assert.throws(
    () => mix(mix(batch, random) as Batch, random),
    /Cannot mix examples that are mixtures already: .*oneOf\(mixUp\(\), cutMix\(\)\)/,
  );
});

Deno.test("a network learns from mixtures, and is validated on examples as they are", async () => {
  const random = seededRandom(4);
  const inputs = float32(Array.from({ length: 400 }, () => random.normal()), [200, 2]);
  const points = numbersOf(inputs);
  const targets = Array.from({ length: 200 }, (_, i) => points[2 * i]! > points[2 * i + 1]! ? 1 : 0);
  const data = { inputs, targets };
  const { history } = await fit(mlp({ sizes: [2, 16, 2] }), data, {
    epochs: 20,
    batchSize: 20,
    loss: mixedCrossEntropy({ labelSmoothing: 0.1 }),
    augment: mixUp(),
    validation: data,
  });
  const { validationAccuracy, validationLoss, loss } = history.at(-1)!;
  assert.ok(validationAccuracy! > 0.95, `${validationAccuracy}`);
  assert.ok(validationLoss! < loss, "mixtures are harder");
});
