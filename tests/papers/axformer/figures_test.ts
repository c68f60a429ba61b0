import assert from "node:assert/strict";
import { boundFigure, recoveryFigure, speedFigure } from "../../../lib/papers/axformer/figures.ts";
import { PLANTS } from "../../../lib/papers/axformer/planted.ts";
import { RULES } from "../../../lib/papers/axformer/rules.ts";
import { select } from "../../plot/select.ts";
import { assertDrawn } from "../drawn.ts";
import { evidence, NAMES, TRUE } from "./world.ts";

const { searches, speed } = evidence(TRUE);
const source = "a test";

Deno.test("each network is a dot under each rule, and one as it is; those with all harm are none", async () => {
  const figure = recoveryFigure(searches, { source });
  await assertDrawn(figure, ["as it is", ...NAMES.map((name) => RULES[name].label), `harm in ${PLANTS[0]}`]);
  assert.equal(
    select(figure, "[aria-label=dot] path, [aria-label=dot] circle").length,
    3 * PLANTS.length * (NAMES.length + 1),
  );
});

Deno.test("a line falls where a change was accepted", async () => {
  const steps = [
    { bound: 0.4, accepted: false },
    { bound: 0.4, accepted: true, loss: 0.2 },
    { bound: 0.2, accepted: false, loss: 0.3 },
    { bound: 0.2, accepted: true, loss: 0.1, alternative: true },
    { bound: 0.2, accepted: true, loss: 0.15, alternative: true },
    { bound: 0.1, accepted: false, loss: 0.3 },
  ] as never;
  const figure = boundFigure([{ ...searches[0]!, steps }], { source });
  await assertDrawn(figure, [RULES[searches[0]!.rule].label, `harm in ${searches[0]!.plant}`]);
  const [first, second, third, ...block] = select(figure, "[aria-label=dot] path, [aria-label=dot] circle")
    .map((dot) => Number(dot.getAttribute("transform")?.match(/,([\d.]+)\)/)?.[1] ?? dot.getAttribute("cy")));
  assert.ok(first! < second! && second === third);
  assert.ok(second! < block[0]! && block.every((place) => place === block[0]), `${block}`);
});

Deno.test("what is gone has a dot at each batch and length, with its interval", async () => {
  const figure = speedFigure([...speed, ...speed.map((row) => ({ ...row, batch: 1 }))], { source });
  await assertDrawn(figure, ["batch 8, 128 tokens", "batch 1, 128 tokens", "one block in two"]);
  assert.equal(select(figure, "[aria-label=dot] path, [aria-label=dot] circle").length, 2 * speed.length);
});
