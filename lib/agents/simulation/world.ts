/** An agent whose competence is known. */
export interface SimulatedAgent {
  /** Name of its role. */
  readonly role: string;
  /** Chance to succeed at a step, by the skill that the step needs; 0 for a skill that is not listed. */
  readonly skills: Readonly<Record<string, number>>;
  /** Chance that a failure becomes an error told with confidence; 1 with `alwaysWrong`. */
  readonly confidentError: number;
  /** Chance to believe one erroneous message. */
  readonly gullibility: number;
  /** Tokens of each of its answers. */
  readonly completionTokens: number;
  /** Tokens of what it is told of its role. */
  readonly roleTokens: number;
  /** Whether it tells an error whatever it is asked, as a saboteur does. Default false. */
  readonly alwaysWrong?: boolean;
}

/** A type of questions: what has to be done, in order. */
export interface SimulatedTask {
  /** Skill that each step needs, first to last. */
  readonly steps: readonly string[];
  /** Tokens of the question. */
  readonly questionTokens: number;
  /** Power to which chances of success are taken: 1 as they are, 2 harder. */
  readonly difficulty: number;
}

/** The agents and the rules by which they work: all that a simulation depends on beside the task. */
export interface SimulatedWorld {
  /** The pool. */
  readonly agents: readonly SimulatedAgent[];
  /** Each message beyond `uncrowded` in a prompt multiplies chances of success by this. */
  readonly crowding: number;
  /** Messages that a prompt holds without harm. */
  readonly uncrowded: number;
  /** Chance to be right where nobody has an answer. */
  readonly guess: number;
  /** Utility that a thousand tokens cost. */
  readonly tokenPrice: number;
  /** Tokens around each message in a prompt. */
  readonly separatorTokens: number;
  /** Tokens of what the decision is told of its role, and of its answer. */
  readonly decisionTokens: readonly [role: number, completion: number];
  /**
   * Chance that a question is treacherous: then agents fall into confident errors together, by one draw for
   * all, each as often as before. Default 0.
   */
  readonly sharedErrors?: number;
  /** Chance that a call gives no answer, so that nobody reads it. Default 0. */
  readonly timeouts?: number;
}

const agent = (
  role: string,
  [P, M, C]: readonly [number, number, number],
  [confidentError, gullibility]: readonly [number, number],
  [completionTokens, roleTokens]: readonly [number, number],
): SimulatedAgent => ({
  role,
  skills: { P, M, C },
  confidentError,
  gullibility,
  completionTokens,
  roleTokens,
});

/**
 * Four honest agents and a saboteur; skills are planning (P), mathematics (M) and code (C). With five agents
 * every team can be scored exactly.
 */
export const SIMULATED_WORLD: SimulatedWorld = {
  agents: [
    agent("Generalist", [.75, .60, .60], [.20, .30], [180, 60]),
    agent("Planner", [.95, .30, .30], [.10, .20], [120, 60]),
    agent("MathExpert", [.40, .95, .40], [.10, .20], [200, 80]),
    agent("CodeExpert", [.40, .40, .95], [.10, .20], [300, 80]),
    { ...agent("Saboteur", [0, 0, 0], [1, 0], [200, 60]), alwaysWrong: true },
  ],
  crowding: 0.93,
  uncrowded: 2,
  guess: 0.1,
  tokenPrice: 0.05,
  separatorTokens: 15,
  decisionTokens: [100, 30],
};

/**
 * The simulated pool with four more agents who know one thing each that no question asks for, and a little of
 * the rest: too many teams to score all.
 */
export const SIMULATED_WORLD_OF_NINE: SimulatedWorld = {
  ...SIMULATED_WORLD,
  agents: [
    ...SIMULATED_WORLD.agents,
    ...["Historian", "Doctor", "Lawyer", "Psychologist"].map((role) =>
      agent(role, [.5, .3, .2], [.2, .3], [180, 60])
    ),
  ],
};

const task = (steps: string, questionTokens: number, difficulty = 1): SimulatedTask => ({
  steps: [...steps],
  questionTokens,
  difficulty,
});

/** Name of a type of questions. */
export type SimulatedTaskName = "arith" | "recall" | "code" | "mathcode" | "project" | "easy" | "hardcode";

/** Types of questions by name: what each step needs. */
export const SIMULATED_TASKS: Readonly<Record<SimulatedTaskName, SimulatedTask>> = {
  arith: task("M", 60),
  recall: task("P", 80),
  code: task("PC", 150),
  mathcode: task("MC", 120),
  project: task("PMC", 200),
  easy: task("M", 60, 0.25),
  hardcode: task("PC", 150, 2),
};

/** The types that networks are trained and judged on; the other two vary the difficulty alone. */
export const MAIN_TASKS: readonly SimulatedTaskName[] = ["arith", "recall", "code", "mathcode", "project"];
