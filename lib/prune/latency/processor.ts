import { textDigest } from "../../files/digest.ts";
import { cpus } from "../../node.ts";

/** What Linux tells of a processor that stays the same from moment to moment, on x86 and on Arm. */
const LASTING = /^(?:vendor_id|cpu family|model|stepping|cache size|flags|CPU .*|Features)\s*:.*$/gm;

/**
 * Name of this machine's processor, and where the system tells more, a digest of that: virtual machines of
 * one cloud call processors of all generations alike, with AVX-512 and without.
 */
export async function processor(): Promise<string> {
  const name = cpus()[0]?.model.trim() ?? "";
  // Where it is not Linux, or all is not permitted, the name alone.
  const told = await Deno.readTextFile("/proc/cpuinfo").catch(() => "");
  // The first processor stands for all of them.
  const lasting = told.trim().split(/\n\s*\n/)[0]!.match(LASTING);
  return lasting ? `${name} ${textDigest(lasting.join("\n")).slice(0, 8)}` : name;
}
