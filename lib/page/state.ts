import type {
  CheckView,
  OpenedModel,
  PageEngine,
  PlanRequest,
  PlanView,
  PrunedView,
  TargetKind,
  TimeView,
} from "./protocol.ts";

/** All that the page shows of the model that is open. */
export interface PageState {
  /** The model, as it was opened. */
  opened: OpenedModel;
  /** What is asked for. */
  choice: PlanRequest;
  /** The plan that answers it, or the one before while the next is made. */
  plan: PlanView;
  /** What the plan was asked for; none where it is the one that keeps all. */
  planned?: PlanRequest;
  /** What was pruned, and by which choice. */
  pruned?: PrunedView & { choice: PlanRequest };
  /** The check of what was pruned. */
  check?: CheckView | Failure;
  /** Times of what was pruned, by engine. */
  times: Partial<Record<PageEngine, TimeView | Failure>>;
}

/** Something that could not be done, in words. */
export interface Failure {
  /** The sentence. */
  failed: string;
}

/**
 * The state after a model was opened: half is to be kept, or the least above it, by the criterion of before.
 */
export function afterOpening(opened: OpenedModel, before?: PageState): PageState {
  const { plan } = opened;
  const inputShapes = Object.fromEntries(opened.openInputs.map(({ name, sizes }) => [name, sizes]));
  const { target = "macs", criterion = "group-l2" } = before?.choice ?? {};
  const countable = leastKept(plan, target) === undefined ? "bytes" : target;
  const choice = withTarget(plan, { target: countable, criterion, keep: 0.5, inputShapes });
  return { opened, plan, choice, times: {} };
}

/** A choice of which no more is to go than can. */
export function withTarget(plan: PlanView, choice: PlanRequest): PlanRequest {
  const least = (leastKept(plan, choice.target) ?? 100) / 100;
  return { ...choice, keep: Math.max(choice.keep, least) };
}

/** The state after a plan was made. */
export function afterPlanning(state: PageState, plan: PlanView, planned: PlanRequest): PageState {
  return { ...state, plan, planned };
}

/**
 * The state after a plan failed or was stopped: what is chosen is again what the plan that is shown was asked
 * for, unless something else was chosen meanwhile.
 */
export function withoutPlan(state: PageState, asked: PlanRequest): PageState {
  return state.choice === asked && state.planned ? { ...state, choice: state.planned } : state;
}

/** The state after the plan was carried out: what was known of a result before is of another one. */
export function afterPruning({ check: _, ...state }: PageState, pruned: PrunedView): PageState {
  return { ...state, pruned: { ...pruned, choice: state.planned ?? state.choice }, times: {} };
}

/** Whether what was pruned is what is chosen now. */
export function isCurrent({ pruned, choice }: PageState): boolean {
  return pruned !== undefined && JSON.stringify(pruned.choice) === JSON.stringify(choice);
}

/** The least of a cost that can be kept, in whole percent, and whether it can be counted at all. */
export function leastKept({ before, reachable }: PlanView, target: TargetKind): number | undefined {
  if (!(before[target] > 0)) return undefined;
  return Math.min(100, Math.max(1, Math.ceil(100 * reachable[target] / before[target])));
}
