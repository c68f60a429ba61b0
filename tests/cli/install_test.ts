import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mlp } from "../../lib/nn/mlp.ts";
import { saveModel } from "../../lib/io/save_model.ts";
import { inFolder } from "../in_folder.ts";
import { serveCode } from "../serve_code.ts";
import { tagged } from "../tags.ts";
import { output } from "./espalier.ts";

Deno.test(tagged("it installs from an address as `espalier`, and prunes", "slow"), async () => {
  const server = serveCode();
  try {
    await inFolder(async (folder) => {
      const host = `127.0.0.1:${server.addr.port}`;
      const deno = async (command: string, args: string[]) => {
        const { code, out, err } = await output(command, args, folder);
        assert.equal(code, 0, err);
        return out;
      };
      const install = ["install", "--global", "--allow-all", "--root", folder, "--name", "espalier"];
      await deno(Deno.execPath(), [...install, `http://${host}/cli.ts`]);
      await saveModel(mlp({ sizes: [4, 16, 3] }), `${folder}/in.onnx`);
      const program = `${folder}/bin/espalier${Deno.build.os === "windows" ? ".cmd" : ""}`;
      assert.match(await deno(program, ["in.onnx", "out.onnx", "--macs", "0.5"]), /^Wrote out\.onnx$/m);
      assert.ok(existsSync(`${folder}/out.onnx`));
    });
  } finally {
    await server.shutdown();
  }
});
