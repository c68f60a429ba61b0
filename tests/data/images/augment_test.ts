import { deepEqual, equal, notDeepEqual, ok, throws } from "node:assert/strict";
import { black, cropAndFlip } from "../../../lib/data/images/augment.ts";
import { type ImageSet, normalize } from "../../../lib/data/image_set.ts";
import { proceduralImages } from "../../../lib/data/procedural.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { seededRandom } from "../../../lib/random.ts";
import { assertClose, REORDERED_FLOAT32 } from "../../close.ts";

function small(): ImageSet {
  const normalization = { mean: [0.5, 0.25, 0], deviation: [0.5, 0.25, 2] };
  return { ...proceduralImages({ train: 20, test: 0, seed: 1 }).train, normalization };
}

Deno.test("a crop is a window of the image in its margin, mirrored or not", async () => {
  // Every sample has a value of its own, so a window can be found again.
  const images = new Tensor("float32", Float32Array.from({ length: 40 * 2 * 6 * 5 }, (_, i) => i + 1), [
    40,
    2,
    6,
    5,
  ]);
  const fill = [-1, -2];
  const augment = cropAndFlip({ padding: 2, fill });
  const run = (seed: number) => augment({ inputs: { x: images }, targets: {} }, seededRandom(seed));
  const { inputs } = await run(7);
  const seen = new Set<string>();
  for (let image = 0; image < 40; image++) {
    const found = windows(images.data as Float32Array, image, fill).filter(({ data }) =>
      data.every((value, i) => value === inputs.x!.data[image * 60 + i])
    );
    equal(found.length, 1, `image ${image} is one window`);
    seen.add(found[0]!.what);
  }
  ok(seen.size > 15, `${seen.size} different windows of 50`);
  for (const mirrored of ["true", "false"]) ok([...seen].some((what) => what.endsWith(mirrored)), mirrored);
  deepEqual(await run(7), { inputs, targets: {} });
  notDeepEqual(await run(8), { inputs, targets: {} });
});

Deno.test("crops of other settings are told apart, so that a run does not go on with them", () => {
  const settings = [{}, { padding: 3 }, { flip: false }, { fill: [0, 1] }, { fill: [1, 0] }];
  const texts = settings.map((options) => `${cropAndFlip(options)}`);
  equal(texts[0], "cropAndFlip(4, [], true)");
  equal(new Set(texts).size, settings.length);
  equal(`${cropAndFlip({ padding: 4 })}`, texts[0]);
});

Deno.test("margins that cannot be meant are refused", () => {
  for (const padding of [-1, 1.5, NaN]) {
    throws(() => cropAndFlip({ padding }), {
      name: "RangeError",
      message: `Cannot crop images with padding ${padding}: expected a whole number from 0`,
    });
  }
  throws(() => cropAndFlip({ fill: [0, NaN] }), {
    name: "RangeError",
    message: "Cannot crop images with fill NaN: expected a number",
  });
  const batch = { inputs: { x: new Tensor("float32", new Float32Array(24), [1, 2, 3, 4]) }, targets: {} };
  for (const fill of [[], [1], [1, 2, 3]]) {
    throws(() => cropAndFlip({ fill })(batch, seededRandom(0)), {
      name: "TypeError",
      message: /^Cannot crop input "x" with fill \[[\d,]*\]: expected 2 values, one per channel/,
    });
  }
  // No margin is one, too.
  deepEqual(cropAndFlip({ padding: 0, flip: false })(batch, seededRandom(0)), batch);
});

Deno.test("black is what a black pixel becomes", () => {
  const set = small();
  const pixels = new Tensor("uint8", new Uint8Array(3), [1, 3, 1, 1]);
  assertClose(
    normalize(pixels, set.normalization).data as Float32Array,
    black(set.normalization),
    REORDERED_FLOAT32,
  );
});

/** Every window that cropping may show, made with a padded copy. */
function windows(samples: Float32Array, image: number, fill: number[]): { what: string; data: number[] }[] {
  const at = (channel: number, y: number, x: number) =>
    y < 0 || y > 5 || x < 0 || x > 4 ? fill[channel]! : samples[((image * 2 + channel) * 6 + y) * 5 + x]!;
  const offsets = [-2, -1, 0, 1, 2];
  return offsets.flatMap((down) =>
    offsets.flatMap((right) =>
      [false, true].map((mirrored) => {
        const rows = [0, 1].flatMap((channel) =>
          [0, 1, 2, 3, 4, 5].map((y) => [0, 1, 2, 3, 4].map((x) => at(channel, y + down, x + right)))
        );
        return {
          what: `${down} ${right} ${mirrored}`,
          data: rows.flatMap((row) => mirrored ? row.toReversed() : row),
        };
      })
    )
  );
}
