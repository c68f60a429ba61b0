import { fileURLToPath } from "node:url";

/** A module with all that it imports, as one of JavaScript. */
export async function bundle(module: URL): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", fileURLToPath(module)],
    env: { NO_COLOR: "1" },
  }).output();
  const [text, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new Error(`Cannot bundle ${module.pathname}: ${complaint!.trim()}`);
  return text!;
}
