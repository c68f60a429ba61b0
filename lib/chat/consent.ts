import { RangeError } from "../errors.ts";

/** Message where tokens would have to be paid for, and nobody has agreed to it. */
export const NO_CONSENT =
  "Nothing was asked of the endpoint: nobody has said yes to what it costs. Set ESPALIER_CHAT_TOKENS to the most " +
  "tokens that may be bought in all, and run again";

/** Tokens that the user has agreed to pay for; `undefined` where there is no yes. */
export function allowedTokens(): number | undefined {
  const given = Deno.env.get("ESPALIER_CHAT_TOKENS")?.replaceAll(/[_,]/g, "");
  if (!given) return undefined;
  const tokens = Number(given);
  if (Number.isSafeInteger(tokens) && tokens > 0) return tokens;
  throw new RangeError(
    `Cannot read ESPALIER_CHAT_TOKENS: expected a number of tokens above 0, found "${given}"`,
  );
}

/** Names of this machine in addresses. */
export const THIS_MACHINE: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether an address is of this machine, where nothing is paid for. */
export function isThisMachine(baseURL: string): boolean {
  return THIS_MACHINE.includes(new URL(baseURL).hostname);
}
