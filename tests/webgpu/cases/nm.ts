import { applyMask } from "../../../kernels/webgpu/select/apply_mask.ts";
import { isNm } from "../../../kernels/webgpu/nm/is_nm.ts";
import { nmMask } from "../../../kernels/webgpu/nm/nm_mask.ts";
import type { NmOptions } from "../../../kernels/webgpu/nm/nm_groups.ts";
import { nmPack, type NmPacked, nmUnpack } from "../../../kernels/webgpu/nm/nm_pack.ts";
import { Tensor } from "../../../lib/tensor/tensor.ts";
import { type Case, everywhere, floats, randomFloats, refuses } from "../case.ts";
import { assertSame, fewValues, numbers, orderOf } from "../reference.ts";

type FloatType = "float32" | "float16";

interface Trial extends NmOptions {
  dims: number[];
  type?: FloatType;
  /** Few values, many ties. */
  ties?: boolean;
}

/** Axes at both ends and inside, groups that do not go up, patterns from nothing to everything. */
const TRIALS: Trial[] = [
  { dims: [33, 64] },
  { dims: [37, 29], ties: true },
  { dims: [37, 29], type: "float16", ties: true },
  { dims: [29, 21], axis: 0 },
  { dims: [29, 21], axis: 0, type: "float16", ties: true },
  { dims: [5, 19, 3, 3], axis: 1, n: 1 },
  { dims: [5, 19, 3, 3], axis: 1, n: 3, m: 8, type: "float16" },
  { dims: [7, 50], n: 4, m: 16, ties: true },
  { dims: [301], n: 2, m: 3 },
  { dims: [301], n: 5, m: 7, type: "float16", ties: true },
  { dims: [4, 9], n: 0 },
  { dims: [4, 9], n: 4 },
  { dims: [50], n: 1, m: 1 },
  { dims: [0, 4] },
  { dims: [3, 0] },
];

export const nmCases: Case[] = [
  ...TRIALS.flatMap((trial) => [maskCase(trial), packCase(trial)]),
  {
    name: "nmMask: NaN stays before infinity, and of equal ones the last",
    async run(gpu) {
      const weight = floats([NaN, Infinity, -Infinity, 1, -0, 0, 0, -0], [2, 4]);
      const results = await everywhere(gpu, ({ put }) => nmMask(put(weight)));
      for (const { place, tensors: [bits] } of results) assertSame(numbers(bits!), [0b1100_0101], place);
    },
  },
  {
    name: "isNm: of masked weights, and one too many at the end of a line",
    async run(gpu) {
      const dims = [13, 11];
      const weight = randomFloats("weight", dims);
      await everywhere(gpu, async ({ name, put }) => {
        for (const axis of [0, 1]) {
          const there = put(weight);
          check(await isNm(there, { axis }), false, `${name}, as it is`);
          const bits = await nmMask(there, { axis });
          await applyMask([there], [bits]);
          if (bits.location === "gpu-buffer") bits.dispose();
          check(await isNm(there, { axis }), true, `${name}, masked`);
          check(await isNm(there, { axis, n: 1 }), false, `${name}, masked, less`);
        }
        const last = put(floats([0, 0, 0, 0, 1, -0, NaN, 0, 1, 1, 1]));
        check(await isNm(last), false, `${name}, three of a last group`);
        check(await isNm(last, { n: 3 }), true, `${name}, three allowed`);
        check(await isNm(put(floats([], [0, 4]))), true, `${name}, empty`);
        return [];
      });
    },
  },
  {
    name: "nmMask, nmPack, isNm: mistakes are refused",
    async run() {
      const weight = floats([1, 2, 3, 4]);
      await refuses(() => nmMask(weight, { n: 5 }), /5 of every 4 cannot stay/);
      await refuses(() => nmMask(weight, { m: 0, n: 0 }), /0 of every 0/);
      await refuses(() => nmPack(weight, { n: 1.5 }), /1.5 of every 4/);
      await refuses(() => isNm(weight, { axis: 1 }), /axis 1 is none of the shape \[4\]/);
      await refuses(() => nmMask(floats([1], [])), /axis -1 is none of the shape \[\]/);
      await refuses(() => nmMask(new Tensor("int32", [1, 2], [2])), /is int32/);
      const packed = await nmPack(weight);
      await refuses(
        () => nmUnpack({ ...packed, dims: [8] }),
        /values are \[2\] with 1 words .* expected \[4\]/,
      );
      await refuses(() => nmUnpack({ ...packed, indices: floats([1]) }), /is float32, expected uint32/);
    },
  },
];

function weightOf({ dims, type = "float32", ties = false }: Trial): Tensor {
  if (!ties) return randomFloats("nm", dims, type);
  const { data } = fewValues("nm", dims.reduce((size, dim) => size * dim, 1), type);
  return floats(data as Float32Array, dims, type);
}

function say({ dims, type = "float32", n = 2, m = 4, axis = -1, ties = false }: Trial): string {
  return `${n}:${m} along axis ${axis} of ${type}[${dims}]${ties ? ", ties" : ""}`;
}

function maskCase(trial: Trial): Case {
  return {
    name: `nmMask: ${say(trial)}`,
    async run(gpu) {
      const weight = weightOf(trial);
      const results = await everywhere(gpu, ({ put }) => nmMask(put(weight), trial));
      const stays = staying(weight, trial);
      for (const { place, tensors: [bits] } of results) {
        const words = numbers(bits!);
        check(words.length, Math.ceil(stays.length / 32), place);
        const got = stays.map((_, i) => Math.floor(words[i >>> 5]! / 2 ** (i & 31)) % 2);
        assertSame(got, stays.map(Number), place);
      }
    },
  };
}

function packCase(trial: Trial): Case {
  return {
    name: `nmPack: ${say(trial)}, and back`,
    async run(gpu) {
      const weight = weightOf(trial);
      const stays = staying(weight, trial);
      let about: NmPacked;
      const results = await everywhere(gpu, async ({ put }) => {
        about = await nmPack(put(weight), trial);
        return [about.values, about.indices, await nmUnpack(about)];
      });
      const pruned = numbers(weight).map((value, i) => stays[i] ? value : 0);
      const [first] = results;
      for (const { place, tensors: [values, indices, back] } of results) {
        assertSame(numbers(back!), pruned, `${place}, back`);
        assertSame(numbers(values!), numbers(first!.tensors[0]!), `${place}, values`);
        assertSame(numbers(indices!), numbers(first!.tensors[1]!), `${place}, indices`);
        const { m = 4 } = trial;
        const perWord = Math.floor(32 / Math.max(1, Math.ceil(Math.log2(m))));
        check(indices!.data.length, Math.ceil(values!.data.length / perWord), `${place}, words of indices`);
      }
    },
  };
}

/** Which elements stay: group by group, by sorting. */
function staying(weight: Tensor, { n = 2, m = 4, axis = -1 }: Trial): boolean[] {
  const [values, { dims }] = [numbers(weight), weight];
  const at = (axis + dims.length) % dims.length;
  const inner = dims.slice(at + 1).reduce((size, dim) => size * dim, 1);
  const groups = new Map<string, number[]>();
  values.forEach((_, i) => {
    const place = Math.floor(i / inner) % dims[at]!;
    const key = `${Math.floor(i / inner / dims[at]!)} ${Math.floor(place / m)} ${i % inner}`;
    groups.set(key, [...groups.get(key) ?? [], i]);
  });
  const stays = values.map(() => false);
  for (const members of groups.values()) {
    const order = orderOf(members.map((i) => values[i]!));
    for (const inside of order.slice(Math.max(0, members.length - n))) stays[members[inside]!] = true;
  }
  return stays;
}

function check<T>(got: T, expected: T, what: string): void {
  if (got !== expected) throw new Error(`${what}: ${got}, expected ${expected}`);
}
