import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { centreCrop, randomResizedCrop } from "../../../lib/data/images/crops.ts";
import { resizeBilinear } from "../../../lib/data/images/resize.ts";
import { decodeImage } from "../../../lib/formats/decode_image.ts";
import type { Image } from "../../../lib/formats/image.ts";
import { decodeNpz } from "../../../lib/formats/npz.ts";
import { seededRandom } from "../../../lib/random.ts";

const FOLDER = new URL("../../fixtures/images/", import.meta.url);
const pillow = decodeNpz(Deno.readFileSync(new URL("pillow.npz", FOLDER)));

/** The image of `make_image_fixtures.py`. */
function image(width: number, height: number, channels: number): Image {
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => (i * i * 7 + i * 37) % 256,
  );
  return { width, height, channels, data };
}

for (const [name, { data }] of Object.entries(pillow)) {
  if (name.endsWith(".jpg")) continue;
  Deno.test(`${name}: the bytes that Pillow gives`, () => {
    const numbers = name.match(/\d+/g)!.map(Number) as [number, number, number, number, number];
    const found = name.includes("centre")
      ? centreCrop(image(numbers[0], numbers[1], 3), numbers[2], numbers[3])
      : resizeBilinear(image(numbers[0], numbers[1], numbers[2]), {
        width: numbers[3],
        height: numbers[4],
      });
    deepEqual([...found.data], [...data as Uint8Array]);
  });
}

Deno.test("a CMYK JPEG is read as Pillow reads it", async () => {
  const { channels, data } = await decodeImage(Deno.readFileSync(new URL("cmyk.jpg", FOLDER)));
  equal(channels, 3);
  const expected = pillow["cmyk.jpg"]!.data as Uint8Array;
  equal(data.length, expected.length);
  // Grey levels between two inverse cosine transforms and colour conversions.
  data.forEach((sample, i) => ok(Math.abs(sample - expected[i]!) <= 3, `${i}: ${sample}, ${expected[i]}`));
});

/** An image that tells of every pixel where it was: column, row, 0. */
function map(width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 0], 3 * i);
  return { width, height, channels: 3, data };
}

/** Which part of a map a crop was: from the outermost pixels, half an output pixel inside of its edges. */
function partOf({ width, height, data }: Image): { wide: number; tall: number; mirrored: boolean } {
  const at = (x: number, y: number) => data.subarray(3 * (y * width + x));
  const across = at(width - 1, 0)[0]! - at(0, 0)[0]!;
  const down = at(0, height - 1)[1]! - at(0, 0)[1]!;
  return {
    wide: Math.abs(across) * width / (width - 1),
    tall: down * height / (height - 1),
    mirrored: across < 0,
  };
}

Deno.test("random crops are 8 to 100 % of the area with sides of 3:4 to 4:3, half of them mirrored", () => {
  const source = map(250, 200);
  const random = seededRandom(3);
  const parts = Array.from({ length: 400 }, () => partOf(randomResizedCrop(source, 40, random)));
  const areas = parts.map(({ wide, tall }) => wide * tall / (250 * 200));
  const ratios = parts.map(({ wide, tall }) => wide / tall);
  // The ends are seen to a level or two of 60 at least.
  ok(areas.every((area) => area > 0.07 && area < 1.04));
  ok(ratios.every((ratio) => ratio > 0.7 && ratio < 1.43));
  ok(Math.min(...areas) < 0.12 && Math.max(...areas) > 0.9, "from end to end");
  ok(Math.min(...ratios) < 0.8 && Math.max(...ratios) > 1.25, "from end to end");
  const mirrored = parts.filter((part) => part.mirrored).length;
  ok(mirrored > 150 && mirrored < 250, `${mirrored} of 400`);
});

Deno.test("of an image that is too long for a random crop the middle is taken", () => {
  const { data } = randomResizedCrop(map(200, 3), 3, seededRandom(1));
  // 4 × 3 pixels from column 98 on, resized to 3 × 3.
  const columns = [...data].filter((_, i) => i % 3 === 0).slice(0, 3);
  equal(columns[1], 100);
  ok(Math.abs(columns[0]! - columns[2]!) <= 4);
});

Deno.test("the same seed gives the same crop", () => {
  const crop = (seed: number) => [...randomResizedCrop(image(31, 44, 3), 16, seededRandom(seed)).data];
  deepEqual(crop(5), crop(5));
  ok(`${crop(5)}` !== `${crop(6)}`);
});

Deno.test("impossible sizes are errors", () => {
  throws(() => resizeBilinear(image(2, 2, 3), { width: 0, height: 2 }), {
    name: "RangeError",
    message: /a whole number from 1/,
  });
  throws(() => centreCrop(image(9, 9, 3), 8, 7), { name: "RangeError", message: /at least as long/ });
});
