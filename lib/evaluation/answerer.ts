import type { Usage } from "../chat/reply.ts";

/** How answers are drawn: as the vendors of reasoning models advise, where nothing else is said. */
export interface Decoding {
  /** Sampling temperature; 0 always takes the likeliest token. Default 0.6. */
  readonly temperature?: number | undefined;
  /** Nucleus sampling: only the likeliest tokens with this much probability in all. Default 0.95. */
  readonly topP?: number | undefined;
  /** The most tokens of an answer, thoughts included. Default 32,768. */
  readonly maxTokens?: number | undefined;
  /** Seed, from which every item and run gets its own. Default 0. */
  readonly seed?: number | undefined;
  /** Texts that end an answer. Default: none. */
  readonly stop?: readonly string[] | undefined;
}

/** How one answer is drawn, nothing left open. */
export interface ItemDecoding {
  /** Sampling temperature; 0 always takes the likeliest token. */
  readonly temperature: number;
  /** Nucleus sampling: only the likeliest tokens with this much probability in all. */
  readonly topP: number;
  /** The most tokens of the answer, thoughts included. */
  readonly maxTokens: number;
  /** Seed of this item and run. */
  readonly seed: number;
  /** Texts that end the answer. Default: none. */
  readonly stop?: readonly string[] | undefined;
}

/** What a model is asked. */
export interface Asked extends ItemDecoding {
  /** The prompt. */
  readonly prompt: string;
  /** Ends the answer. */
  readonly signal?: AbortSignal | undefined;
}

/** What a model answers, and what it took. */
export interface Answer {
  /** The whole text, thoughts included, with their tags. */
  readonly text: string;
  /**
   * Why it ended: `stop`, `length` at its most tokens, `loop` where it repeated itself; or what kept it from
   * being an answer: `filtered`, `refused`, `tool-call`, `empty`.
   */
  readonly finishReason: string;
  /** Tokens of the prompt. */
  readonly promptTokens: number;
  /** Tokens of the thoughts; 0 where they were not ended. */
  readonly thinkTokens: number;
  /** Tokens of the answer; of all the text where thoughts were not ended. */
  readonly answerTokens: number;
  /** Tokens of earlier tries of it that came to nothing; absent where there were none. */
  readonly lost?: Usage | undefined;
  /** Whether nobody counted some of the tokens, so that they are estimates. */
  readonly estimated: boolean;
  /** Who answered: model, program and version, as far as is known. */
  readonly answeredBy: string;
}

/** A model that can be asked, on this machine or elsewhere. */
export interface Answerer {
  /**
   * What its answers follow from beside the prompt: a digest of its weights, vocabulary, chat template and
   * rule for loops, or its name at its server.
   */
  readonly identity: string;
  /**
   * Answers one prompt. An answer that was cut, refused or is empty is an answer too.
   *
   * @throws where there is no answer, and there may be one another time
   */
  answer(asked: Asked): Promise<Answer>;
}
