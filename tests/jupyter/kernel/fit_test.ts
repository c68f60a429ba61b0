import assert from "node:assert/strict";
import { startDriver } from "./driver.ts";

Deno.test("training that was stopped goes on where it was when its cell is run again", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using driver = await startDriver({ folder });
    const mod = new URL("../../../mod.ts", import.meta.url).href;
    const made = await driver.run(`import { fit, proceduralImages, resnetCifar, toExamples } from "${mod}";
      const data = toExamples(proceduralImages({ train: 16, test: 0 }).train);
      const model = resnetCifar({ depth: 20, widths: [4, 4, 4] });
      let [steps, stopAt, resumed] = [0, Infinity, 0];
      const controller = new AbortController();
      const progress = { start() {}, close() {}, step(done: number, note = "") {
        if (note === "resumed") resumed = done;
        steps = done;
        if (done === 4) console.log("trains");
        if (done === stopAt) controller.abort(new Error("enough"));
      } };`);
    assert.equal(made.reply.status, "ok", JSON.stringify(made.reply));
    const cell =
      'await fit(model, data, { epochs: 5000, batchSize: 8, progress, checkpoint: "run", signal: controller.signal });';
    const training = driver.run(cell);
    await driver.until(({ type, content }) => type === "stream" && String(content.text).includes("trains"));
    await driver.ask("control", "interrupt_request");
    const { reply } = await training;
    assert.equal(reply.ename, "Interrupted", String(reply.evalue));
    const steps = Number((await driver.run("stopAt = steps + 3; steps")).value);
    assert.ok(steps >= 4, "it trained");
    // The same cell again; this time it ends by itself, soon.
    const again = await driver.run(cell);
    assert.deepEqual([again.reply.ename, again.reply.evalue], ["Error", "enough"]);
    assert.equal((await driver.run("`${resumed} ${steps}`")).value, `"${steps} ${steps + 3}"`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
