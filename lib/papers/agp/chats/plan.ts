import { NotFoundError } from "../../../files/not_found.ts";
import { duration } from "../../../progress.ts";
import { fullTeam } from "../../../agents/fixed_topologies.ts";
import { costOf } from "../../../agents/asking/cost.ts";
import { BENCHES, questionsOf } from "./benches.ts";
import { allowedTokens, isThisMachine, NO_CONSENT } from "../../../chat/consent.ts";
import { localSource, recordingPath, sourceInWords } from "./source.ts";
import type { ChatAmount, ChatBenchmark, ChatSource, ChatSpec } from "./spec.ts";
import { costInWay, fixedWays } from "./ways.ts";

/** Whom a preset has answer. */
export type ChatPreset = ChatAmount & {
  /**
   * `smallest`: stories260K on llama.cpp's server; `local`: SmolLM2-135M-Instruct there, or a server on this
   * machine that is named; where that is not here, a recording; `endpoint`: a server that is named.
   */
  readonly answers: "smallest" | "local" | "endpoint";
};

/** Questions that are going to be asked of a language model, and their cost. */
export interface ChatPlan {
  /** Work that is to be done; absent where it cannot be, or nobody has said yes to it. */
  readonly spec?: ChatSpec;
  /** Who answers and what it may cost, or what is missing, in sentences. */
  readonly words: string;
}

/** Cost that a plan may have. */
export interface ChatCost {
  /** Calls, at most. */
  readonly calls: number;
  /** Tokens, if all prompts and answers are as long as they can be. */
  readonly most: number;
  /** Tokens, with answers as long as is usual. */
  readonly usual: number;
}

/** Tokens of a usual answer of a large model. */
const USUAL = 150;

/** Who answers, by the preset and the machine; `ESPALIER_CHAT_URL` and `…_MODEL` name a server. */
export async function planChats(
  preset: ChatPreset,
  { seed }: { seed: number },
): Promise<ChatPlan> {
  const { answers, ...amount } = preset;
  const baseURL = Deno.env.get("ESPALIER_CHAT_URL");
  const model = Deno.env.get("ESPALIER_CHAT_MODEL");
  if (answers === "smallest") return planned(await localSource("stories260K"), amount, seed);
  if (answers === "local" && !(baseURL && isThisMachine(baseURL))) {
    return planned(await localSource("smollm2-135m-instruct"), amount, seed);
  }
  if (!baseURL || !model) {
    return {
      words:
        "No language model was asked: set ESPALIER_CHAT_URL to the address of an OpenAI-compatible server " +
        "(https://api.openai.com/v1), ESPALIER_CHAT_MODEL to the model, and ESPALIER_CHAT_KEY to the key where one " +
        "is needed",
    };
  }
  const source: ChatSource = { from: "endpoint", model, baseURL: baseURL.replace(/\/+$/, "") };
  if (answers === "local") return planned(source, amount, seed);
  const cost = await costOfChats({ ...amount, source, seed });
  const words = `${inWords(cost)}. ${sourceInWords(source)}; what it says is kept in ${
    recordingPath(source)
  }`;
  const allowed = allowedTokens();
  if (allowed === undefined && !isThisMachine(baseURL)) return { words: `${words}. ${NO_CONSENT}` };
  const limit = allowed === undefined
    ? ""
    : `, and no more than ${allowed.toLocaleString("en")} tokens are bought`;
  return { spec: { ...amount, source, seed }, words: `${words}${limit}` };
}

async function planned(source: ChatSource, amount: ChatAmount, seed: number): Promise<ChatPlan> {
  const words = sourceInWords(source);
  // The recording has what was asked when it was made.
  if (source.from === "recording") return { spec: { ...RECORDED_AMOUNT, source, seed }, words };
  try {
    await Promise.all(amount.benchmarks.map((name) => questionsOf(name, amount)));
    return { spec: { ...amount, source, seed }, words };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const { maxTokens } = amount;
    return {
      spec: { ...RECORDED_AMOUNT, maxTokens, source, seed },
      words: `${words}, three questions of our own. ${error.message}`,
    };
  }
}

/** Questions of the recording that comes with Espalier. */
export const RECORDED_AMOUNT: ChatAmount = {
  benchmarks: ["made"],
  questions: 3,
  train: 0,
  candidates: 0,
  repeats: 0,
  maxTokens: 160,
};

/** Cost that a plan may have, from the lengths of its questions and personas, before anybody is asked. */
export async function costOfChats(spec: ChatSpec): Promise<ChatCost> {
  const costs = await Promise.all(spec.benchmarks.map((name) => costOfBenchmark(name, spec)));
  const sum = (of: keyof ChatCost) => costs.reduce((total, cost) => total + cost[of], 0);
  return { calls: sum("calls"), most: sum("most"), usual: sum("usual") };
}

async function costOfBenchmark(name: ChatBenchmark, spec: ChatSpec): Promise<ChatCost> {
  const bench = BENCHES[name];
  const { pool, decision } = bench;
  const { train, test } = await questionsOf(name, spec);
  const at = (answerTokens: number) => {
    const options = { answerTokens, decision };
    const learned = train.length === 0 ? [] : ["learned", "with pruned agents", "learned once"];
    const ways = [
      ...fixedWays(bench, test[0]!, spec.seed),
      ...learned.map((name) => ({ name, teams: fullTeam(pool) })),
    ];
    const costs = ways.map((way) => costInWay(way, test, pool, options));
    const runs = spec.candidates * Math.max(spec.repeats, Math.ceil(Math.log2(spec.candidates / 2)), 1);
    for (const question of train) {
      // No team takes more than all; on average, half of the pool is drawn.
      const { calls, tokens } = costOf(fullTeam(pool), question, options);
      costs.push({ calls: runs * calls, tokens: runs * tokens });
    }
    const sum = (of: "calls" | "tokens") => costs.reduce((total, cost) => total + cost[of], 0);
    return { calls: sum("calls"), tokens: sum("tokens") };
  };
  const [most, usual] = [at(spec.maxTokens), at(Math.min(USUAL, spec.maxTokens))];
  return { calls: most.calls, most: most.tokens, usual: usual.tokens };
}

function inWords({ calls, most, usual }: ChatCost): string {
  const number = (value: number) => value.toLocaleString("en");
  const millions = (value: number) => `${(value / 1e6).toPrecision(3)} million`;
  return `Up to ${number(calls)} calls and ${millions(most)} tokens; about ${
    millions(usual)
  } tokens if answers ` +
    `have ${USUAL}, and ${duration(calls)} if one is answered a second`;
}
