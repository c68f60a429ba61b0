import assert from "node:assert/strict";
import { axSearch, BETTER, RELEASED, type SearchTrace } from "../../../lib/transformer/mod.ts";
import { defaultRuntime } from "../../../lib/runtime/run_model.ts";
import { encoder, examples, GROUPS } from "./small_encoder.ts";

const [model, data, runtime] = [encoder(), await examples(24), await defaultRuntime()];

const search = (
  resume?: SearchTrace,
  rule: typeof RELEASED | { favour: "size"; budget: number } = RELEASED,
) => axSearch(model, data, { groups: GROUPS, rule, runtime, resume });

const { trace } = await search();

/** The trace as a file gives it, and changed. */
function damaged(change: (trace: SearchTrace) => unknown): SearchTrace {
  const copy = structuredClone(trace);
  return (change(copy) ?? copy) as SearchTrace;
}

const firstStep = (fields: object) => damaged(({ steps }) => void Object.assign(steps[0]!, fields));

Deno.test("A trace that is none is refused, with the field that is not as it should be", async () => {
  const cases: [unknown, string][] = [
    [null, "it should be an object, found null"],
    [JSON.stringify(trace), "it should be an object, found string"],
    [{}, "search is missing"],
    [{ ...trace, steps: undefined }, "steps is missing"],
    [{ ...trace, steps: null }, "steps should be a list, found null"],
    [damaged(({ steps }) => void (steps[1] = null as never)), "steps[1] should be an object, found null"],
    [firstStep({ loss: "0.1" }), "steps[0].loss should be a number from 0, found string"],
    [firstStep({ loss: undefined }), "steps[0].loss is missing"],
    [firstStep({ loss: NaN }), "steps[0].loss should be a number from 0, found NaN"],
    [firstStep({ loss: -5 }), "steps[0].loss should be a number from 0, found -5"],
    [firstStep({ wins: 1.5 }), "steps[0].wins should be a whole number from 0, found 1.5"],
    [firstStep({ accepted: 1 }), "steps[0].accepted should be true or false, found 1"],
  ];
  for (const [resume, problem] of cases) {
    await assert.rejects(search(resume as SearchTrace), {
      name: "SyntaxError",
      message: `Cannot go on with this trace: ${problem}`,
    });
  }
});

Deno.test("Steps that do not follow from what they found are refused, and steps behind the end", async () => {
  const [first] = trace.steps;
  const measured = trace.steps.findIndex(({ loss, accepted }) => loss !== null && !accepted);
  const { action, element, bound } = trace.steps[measured]!;
  const changed = (fields: object) => damaged(({ steps }) => void Object.assign(steps[measured]!, fields));
  const step = `step ${measured}, which tries to ${action} "${element}", has `;
  const cases: [SearchTrace, string][] = [
    [changed({ loss: 0.001, wins: 24 }), `${step}accepted false, where true follows from what it found`],
    [changed({ accepted: true }), `${step}accepted true, where false follows from what it found`],
    [changed({ bound: 9 }), `${step}bound 9, where ${bound} follows from what it found`],
    [changed({ bound: null }), `${step}bound null, where ${bound} follows from what it found`],
    [changed({ alternative: true }), `${step}alternative true, where false follows from what it found`],
    [changed({ loss: 0.5, wins: 25 }), `${step}the loss 0.5 and 25 wins of 24 examples`],
    [changed({ loss: 0.5, wins: null }), `${step}the loss 0.5 and null wins of 24 examples`],
    [
      damaged(({ steps }) => void steps.push(first!)),
      `it has ${trace.steps.length + 1} steps, and this search ends after ${trace.steps.length}`,
    ],
    [
      damaged(({ steps }) => void steps.reverse()),
      `where it tried to ${trace.steps.at(-1)!.action} "${
        trace.steps.at(-1)!.element
      }", this search tries to ` +
      `${first!.action} "${first!.element}"`,
    ],
  ];
  for (const [resume, why] of cases) {
    await assert.rejects(search(resume), {
      name: "TypeError",
      message:
        `Cannot go on with this trace: ${why}; give the trace of the same network, data and rule, as ` +
        "onStep was given it",
    });
  }
});

Deno.test("A trace of another search is told by what differs", async () => {
  await assert.rejects(search(trace, { ...RELEASED, sweeps: 2, gate: Infinity }), {
    name: "TypeError",
    message: 'Cannot go on with this trace: its search has "gate":1.1, "sweeps":1, where this one has ' +
      '"gate":"Infinity", "sweeps":2; give the trace of the same network, data and rule, as onStep was given it',
  });
  await assert.rejects(
    search(trace, { ...BETTER, minWins: (losses) => losses.length / 2 }),
    /where this one has/,
  );
  await assert.rejects(
    axSearch(model, data, { groups: 4, rule: RELEASED, runtime, resume: trace }),
    /its search has 36 elements, where this one has 33 elements;/,
  );
  await assert.rejects(search({ ...trace, reference: 1 }), /its reference is 1, and this search's 0\.\d+;/);
});

Deno.test("A trace of a budget is plain JSON too, and goes on from there", async () => {
  const rule = { favour: "size", budget: 0.8 } as const;
  const whole = (await search(undefined, rule)).trace;
  const read: SearchTrace = JSON.parse(JSON.stringify(whole));
  assert.deepEqual(read, whole);
  const half = { ...read, steps: read.steps.slice(0, read.steps.length / 2) };
  assert.deepEqual((await search(half, rule)).trace, whole);
});
