/** A domain of the release: its pool, and the graph of roles that its network passes messages over. */
export interface Domain {
  /** Name of the domain in sentences. */
  readonly label: string;
  /** Roles by position, under the release's names with their spelling mended. */
  readonly roles: readonly string[];
  /** Row i, column j is 1 where role i speaks to role j: `AGP/prompt` of the release, at commit 4c55083. */
  readonly roleGraph: readonly (readonly number[])[];
}

const rows = (...lines: string[]): number[][] => lines.map((line) => [...line].map(Number));

/** Name of a domain, as in the release's files. */
export type DomainName = "general_reasoning" | "math_reasoning" | "coding";

/** The three domains by the names of their files. */
export const DOMAINS: Readonly<Record<DomainName, Domain>> = {
  general_reasoning: {
    label: "general",
    roles: [
      "Knowledgeable Expert",
      "Critic",
      "Mathematician",
      "Psychologist",
      "Historian",
      "Doctor",
      "Lawyer",
      "Economist",
      "Programmer",
    ],
    roleGraph: rows(
      "011111111",
      "000110010",
      "010001001",
      "110001100",
      "101000011",
      "000110100",
      "110000000",
      "000101100",
      "111001010",
    ),
  },
  math_reasoning: {
    label: "maths",
    roles: ["Math Solver", "Mathematical Analyst", "Programming Expert", "Inspector"],
    roleGraph: rows("0010", "1011", "1001", "1110"),
  },
  coding: {
    label: "code",
    roles: ["Project Manager", "Algorithm Designer", "Programming Expert", "Test Analyst", "Bug Fixer"],
    roleGraph: rows("01000", "10110", "00011", "00101", "00100"),
  },
};

/** All of them. */
export const DOMAIN_NAMES: readonly DomainName[] = Object.keys(DOMAINS) as DomainName[];
