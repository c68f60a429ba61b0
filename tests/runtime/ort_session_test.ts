import assert from "node:assert/strict";
import { GraphBuilder } from "../../lib/onnx/builder.ts";
import type { Model } from "../../lib/onnx/model.ts";
import { float32, numbersOf, Tensor } from "../../lib/tensor/tensor.ts";
import { openRuntime } from "../../lib/runtime/engines.ts";
import type { EngineName, Runtime, Tensors } from "../../lib/runtime/runtime.ts";
import type { WebgpuRuntime } from "../../lib/runtime/webgpu.ts";
import { withEngine } from "../train/engines.ts";

/** y = Σ s, and as carried outputs s' = s + x, n' = n · 2; small whole numbers, so that every engine is exact. */
function running(): Model {
  const g = new GraphBuilder("running");
  const [x, s, n] = [
    g.input("x", "float32", ["N"]),
    g.input("s", "float32", ["N"]),
    g.input("n", "float32", [1]),
  ];
  g.output(g.reduceSum(s, [0]), "y");
  g.output(g.add(s, x), "s2");
  g.output(g.mul(n, g.constant(float32([2]))), "n2");
  return g.model();
}

const CARRY = { s: "s2", n: "n2" };
const start = () => ({ s: float32([0, 10]), n: float32([1]) });
const plain = (tensors: Tensors) =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, numbersOf(tensor)]));

/** Writes into a tensor where it lies. */
function write(tensor: Tensor, values: number[], runtime: Runtime): void {
  if (tensor.location === "cpu") (tensor.data as Float32Array).set(values);
  else {
    const buffer = tensor.gpuBuffer as unknown as GPUBuffer;
    (runtime as WebgpuRuntime).gpu.device.queue.writeBuffer(buffer, 0, Float32Array.from(values));
  }
}

Deno.test("an output is carried to one input: two would be one tensor, written to and freed twice", async () => {
  const runtime = await openRuntime({ engine: "native" });
  try {
    await assert.rejects(runtime.session(running(), { carry: { s: "s2", x: "s2" } }), {
      name: "TypeError",
      message:
        'Cannot carry output "s2" to input "x": it is carried to "s" already; give each input an output of ' +
        "its own, as g.output(g.identity(…)) makes one",
    });
  } finally {
    await runtime.close();
  }
});

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  withEngine("carried tensors go from run to run", engine, async (runtime) => {
    assert.equal(runtime.engine, engine);
    const session = await runtime.session(running(), { carry: CARRY });
    await session.setState(start());
    const sums: number[] = [];
    for (let i = 0; i < 4; i++) {
      const outputs = await session.run({ x: float32([1, i]) });
      assert.deepEqual(Object.keys(outputs), ["y"]);
      sums.push(...numbersOf(outputs.y!));
    }
    assert.deepEqual(sums, [10, 11, 13, 16]);
    assert.deepEqual(plain(await session.state()), { s: [4, 16], n: [16] });

    await session.setState({ s: float32([7, 7]) });
    assert.deepEqual(plain(await session.state()), { s: [7, 7], n: [16] });
    assert.deepEqual(plain(await session.run({ x: float32([1, 1]) })), { y: [14] });
    assert.deepEqual(plain(await session.state()), { s: [8, 8], n: [32] });
    await session.release();
  });

  withEngine("a state that is taken is in no session but the one that it starts", engine, async (runtime) => {
    const [first, second] = [
      await runtime.session(running(), { carry: CARRY }),
      await runtime.session(running(), { carry: CARRY }),
    ];
    await first.setState(start());
    await first.run({ x: float32([1, 2]) });
    await second.setState(await first.takeState());
    await assert.rejects(first.state(), /was never set; call setState first/);
    await assert.rejects(first.run({ x: float32([1, 2]) }), /was never set; call setState first/);
    assert.deepEqual(plain(await second.run({ x: float32([0, 0]) })), { y: [13] });
    await first.setState(await second.takeState());
    assert.deepEqual(plain(await first.run({ x: float32([0, 0]) })), { y: [13] });
    for (const session of [first, second]) await session.release();
  });

  withEngine("a state that was read can start another session", engine, async (runtime) => {
    const [first, second] = [
      await runtime.session(running(), { carry: CARRY }),
      await runtime.session(running(), { carry: CARRY }),
    ];
    await first.setState(start());
    await first.run({ x: float32([1, 2]) });
    const kept = await first.state();
    await second.setState(kept);
    await first.run({ x: float32([100, 100]) });
    await first.release();
    assert.deepEqual(plain(await second.run({ x: float32([0, 0]) })), { y: [13] });
    assert.deepEqual(plain(kept), { s: [1, 12], n: [2] });
    await second.release();
  });

  withEngine(
    "carried tensors may be changed where they lie, and nothing else changes",
    engine,
    async (runtime) => {
      const session = await runtime.session(running(), { carry: CARRY });
      const given = start();
      await session.setState(given);
      write(session.carried().s!, [5, 5], runtime);
      assert.deepEqual(plain(await session.run({ x: float32([1, 2]) })), { y: [10] });
      write(session.carried().s!, [1, 1], runtime);
      const kept = await session.state();
      write(session.carried().s!, [3, 4], runtime);
      assert.deepEqual(plain(await session.state()).s, [3, 4]);
      assert.deepEqual(plain(await session.run({ x: float32([0, 0]) })), { y: [7] });
      assert.deepEqual(plain(await session.state()), { s: [3, 4], n: [4] });
      // What was set, and what was read, is somebody else's.
      assert.deepEqual(plain(given), { s: [0, 10], n: [1] });
      assert.deepEqual(plain(kept), { s: [1, 1], n: [2] });
      await session.release();
    },
  );

  withEngine("sessions that run at once do not disturb each other", engine, async (runtime) => {
    const sessions = await Promise.all([1, 2].map(() => runtime.session(running(), { carry: CARRY })));
    await Promise.all(sessions.map((session, i) => session.setState({ ...start(), s: float32([i, i]) })));
    const steps = sessions.flatMap((session, i) => [1, 2, 3].map(() => session.run({ x: float32([i, 1]) })));
    const sums = (await Promise.all(steps)).map(({ y }) => numbersOf(y!)[0]);
    assert.deepEqual(sums, [0, 1, 2, 2, 4, 6]);
    await Promise.all(sessions.map((session) => session.release()));
  });

  withEngine("a session says what is wrong with its state", engine, async (runtime) => {
    await assert.rejects(runtime.session(running(), { carry: { s: "nothing" } }), {
      name: "TypeError",
      message:
        'Cannot carry output "nothing" to input "s": the model has inputs "x", "s", "n" and outputs "y", "s2", "n2"',
    });
    const session = await runtime.session(running(), { carry: CARRY });
    const x = float32([1, 1]);
    const refused: [Promise<unknown>, string][] = [
      [session.run({ x }), 'Cannot run: carried input "s" was never set; call setState first'],
      [session.state(), 'Cannot read the state: "s" was never set; call setState first'],
      [session.setState({ x }), 'Cannot set "x": the session carries "s", "n"'],
      [
        session.setState({ n: float32([1, 2]) }),
        'Cannot feed "n": expected n: float32[1], but got float32[2]',
      ],
      [
        session.run({ x, n: float32([1]) }),
        'Cannot feed "n": the session carries it from run to run; set it with setState',
      ],
    ];
    for (const [promise, message] of refused) await assert.rejects(promise, { name: "TypeError", message });

    // What was refused left nothing behind.
    await session.setState(start());
    assert.deepEqual(plain(await session.run({ x })), { y: [10] });
    await session.release();
  });

  withEngine(
    "outputs are what they are where places are given, natively in them",
    engine,
    async (runtime) => {
      const session = await runtime.session(running(), { carry: CARRY });
      await session.setState(start());
      const numbers = new Float32Array(3);
      const place = new Tensor("float32", numbers.subarray(1, 2), [1]);
      const outputs = await session.run({ x: float32([1, 2]) }, { y: place });
      assert.deepEqual(plain(outputs), { y: [10] });
      assert.deepEqual(plain(await session.state()), { s: [1, 12], n: [2] });
      assert.deepEqual([...numbers], engine === "native" ? [0, 10, 0] : [0, 0, 0]);
      assert.equal(outputs.y === place, engine === "native");
      if (engine === "native") {
        const large = new Tensor("float32", numbers, [3]);
        await assert.rejects(session.run({ x: float32([1, 2]) }, { y: large }), /invalid dimensions/);
      }
      await session.release();
    },
  );

  withEngine("a run that fails says so, and leaves the state as it was", engine, async (runtime) => {
    const g = new GraphBuilder("pairs");
    const [x, s] = [g.input("x", "float32", ["N"]), g.input("s", "float32", [1])];
    g.output(g.add(s, g.reduceSum(g.reshape(x, [-1, 2]))), "s2");
    g.declare("s2", { type: "float32" });
    const session = await runtime.session(g.model(), { carry: { s: "s2" } });
    await session.setState({ s: float32([1]) });
    await assert.rejects(
      session.run({ x: float32([1, 2, 3]) }),
      /^Error: Cannot run the model: .*[Rr]eshape/s,
    );
    assert.deepEqual(plain(await session.state()), { s: [1] });
    if (engine === "webgpu") {
      const message = "Cannot run again after a run that failed on WebGPU: open another session";
      await assert.rejects(session.run({ x: float32([1, 2]) }), { name: "TypeError", message });
    } else {
      await session.run({ x: float32([1, 2]) });
      assert.deepEqual(plain(await session.state()), { s: [4] });
    }
    await session.release();
  });

  withEngine("a released session and a closed runtime refuse to work", engine, async (runtime) => {
    const released = {
      name: "TypeError",
      message: "Cannot use a session that was released: open another one",
    };
    const session = await runtime.session(running(), { carry: CARRY });
    await session.setState(start());
    await session.release();
    await session.release();
    await assert.rejects(session.run({ x: float32([1, 1]) }), released);
    await assert.rejects(session.state(), released);
    await assert.rejects(session.setState(start()), released);

    const other = await openRuntime({ engine });
    const left = await other.session(running(), { carry: CARRY });
    await left.setState(start());
    await other.close();
    await other.close();
    await assert.rejects(left.run({ x: float32([1, 1]) }), released);
    await assert.rejects(other.session(running()), {
      name: "TypeError",
      message: `Cannot load a model: the ${engine} runtime was closed; open another one`,
    });

    // Closing one runtime leaves the others alone.
    const again = await runtime.session(running(), { carry: CARRY });
    await again.setState(start());
    assert.deepEqual(plain(await again.run({ x: float32([1, 1]) })), { y: [10] });
    await again.release();
  });
}

/** An output that is a sequence of tensors, beside one that is a tensor. */
function withSequence(outputs = ["y", "all"]): Model {
  const g = new GraphBuilder("with a sequence");
  const y = g.relu(g.input("x", "float32", ["N"]));
  g.output(y, "y");
  const model = g.model();
  const node = { op: "SequenceConstruct", inputs: ["y", "y"], outputs: ["all"], attributes: {} };
  // TypeProto { sequence_type { elem_type { tensor_type { elem_type: FLOAT } } } }
  const values = new Map(model.graph.values).set("all", {
    opaque: Uint8Array.of(0x22, 6, 0x0a, 4, 0x0a, 2, 8, 1),
  });
  return model.withGraph({ ...model.graph, values, nodes: [...model.graph.nodes, node], outputs });
}

for (const engine of ["native", "wasm", "webgpu"] satisfies EngineName[]) {
  withEngine(
    "an output that is no tensor is left out, and whoever reads it is told",
    engine,
    async (runtime) => {
      const refused = {
        name: "TypeError",
        message: /^Cannot give output "all": it is a sequence, a map or an opt/,
      };
      const session = await runtime.session(withSequence());
      const outputs = await session.run({ x: float32([-1, 2]) });
      assert.deepEqual(plain(outputs), { y: [0, 2] });
      assert.throws(() => outputs.all, refused);
      await session.release();
      for (const options of [{ stay: ["all"] }, { carry: { x: "all" } }]) {
        await assert.rejects(runtime.session(withSequence(), options), refused);
      }
      await assert.rejects(runtime.session(withSequence(["all"])), refused);
    },
  );
}

withEngine("what comes from outside is heard while one run follows the other", "native", async (runtime) => {
  const g = new GraphBuilder("busy");
  const x = g.input("x", "float32", [600, 600]);
  let y = x;
  for (let i = 0; i < 8; i++) y = g.matMul(y, x);
  g.output(y, "y");
  const session = await runtime.session(g.model());
  const feeds = { x: float32(new Float32Array(600 * 600), [600, 600]) };
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using here = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  using there = await listener.accept();
  let heard = 0;
  const reading = there.read(new Uint8Array(1)).then(() => heard = performance.now());
  const begun = performance.now();
  const writing = here.write(Uint8Array.of(1));
  while (!heard && performance.now() - begun < 20_000) await session.run(feeds);
  await Promise.all([reading, writing]);
  assert.ok(heard - begun < 2000, `heard after ${heard - begun} ms`);
  await session.release();
});

withEngine("the state before the last is given back, unless somebody holds it", "native", async (runtime) => {
  const g = new GraphBuilder("running");
  g.output(g.add(g.input("s", "float32", [2]), 1), "s2");
  const session = await runtime.session(g.model(), { carry: { s: "s2" } });
  const given = float32([0, 0]);
  await session.setState({ s: given });
  await session.run({});
  const live = session.carried().s!;
  await session.run({});
  assert.equal(live.data.length, 0, "good until the next run alone");
  const held = (await session.state()).s!;
  await session.run({});
  await session.run({});
  assert.deepEqual([given, held, (await session.state()).s!].map(numbersOf), [[0, 0], [2, 2], [4, 4]]);
  await session.release();
});
