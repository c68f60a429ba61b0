import assert from "node:assert/strict";
import { coveragePage } from "./coverage.ts";

const page = coveragePage({
  ours: [
    {
      name: "a",
      exporter: "torchscript",
      verdict: "equal",
      share: 0.5,
      least: 0.1,
      difference: 2e-7,
      stays: ['4 channels of fc.weight: Gather "g" (output "o") looks it up by index'],
      first: 0.3,
      seconds: 0.02,
      memory: 5e6,
    },
    {
      name: "a",
      exporter: "dynamo",
      verdict: "equal",
      share: 0.8,
      difference: 0,
      why: "no less is reachable",
    },
    { name: "b", exporter: "dynamo", verdict: "not exported", why: "TypeError: a | b" },
  ],
  peers: [
    { name: "a", peer: "torch_pruning", share: 0.48, seconds: 0.04, first: 0.05, search: 0.09, memory: 7e6 },
    { name: "b", peer: "torch_pruning", share: 0.7, why: "at ratio 0.30 ValueError: no" },
    { name: "b", peer: "onnxsim", why: "Fail: Load model from /some/where/b.onnx failed" },
  ],
  days: ["2026-01-01", "2026-01-02"],
}, { packages: ["torch 2.13.0"], families: { a: "First", b: "Second", c: "Second" } });

Deno.test("the page of coverage counts what was reached, apart from what was not exported", () => {
  assert.match(
    page,
    /2 architectures, 2 files: 1 \(50 %\) reach half of their MACs\. All are valid, none differs/,
  );
  assert.match(page, /1 more were not exported/);
  assert.match(page, /<b>First<\/b>: 1 architectures, 1 of 2 files reach half/);
  assert.match(page, /from 2026-01-01 to 2026-01-02 .* with torch 2\.13\.0/);
  assert.doesNotMatch(page, /\| c \|/, "what was not tried has no row");
  assert.match(page, /nor were 1 more that the zoo lists\.\n\n<details><summary>Not tried yet<\/summary>c</);
});

Deno.test("the page of coverage has a row for each architecture, and reasons without names of nodes", () => {
  assert.match(
    page,
    /\n\| a \| 50\.0 %, within 2\.0e-7 \| 80\.0 %, within 0\.0e\+0 \| 10 % \| 4 channels: Gather looks it up by index \| 0\.020 s \| 5 MB \| 48\.0 %, 0\.040 s \| {2}\|\n/,
  );
  assert.match(page, /\n\| b \| {2}\| not exported \|.*\| 70\.0 %: ValueError: no \|/);
  assert.match(page, /\| Fail: Load model from b\.onnx failed \|/, "no folder of the machine");
  assert.match(page, /\n- b, dynamo: not exported: TypeError: a \| b\n/);
});

Deno.test("the page of coverage compares times on networks that both programs reach", () => {
  assert.match(
    page,
    /\n\| Torch-Pruning \| 1 of 2 networks \| 0\.040 s \| 0\.050 s \| 0\.090 s \| 7 MB \|\n/,
  );
  assert.match(page, /\n\| Espalier, on those 1 \| {2}\| 0\.020 s \| 0\.300 s \| {2}\| 5 MB \|\n/);
});

Deno.test("the page of coverage tells what was reached by whole blocks only", () => {
  const row = {
    name: "a",
    exporter: "dynamo",
    verdict: "equal",
    share: 0.49,
    difference: 0,
    blocks: "1 of 4",
  } as const;
  const page = coveragePage({ ours: [row], peers: [], days: ["2026-01-01"] }, {
    packages: [],
    families: { a: "First" },
  });
  assert.match(page, /1 \(100 %\) reach half of their MACs, 1 of them by whole residual blocks as well\./);
  assert.match(page, /\| 49\.0 %, within 0\.0e\+0, without 1 of 4 blocks \|/);
});
