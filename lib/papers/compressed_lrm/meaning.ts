import type { Finding } from "../../plot/verdicts.ts";
import type { claims } from "./claims.ts";

const OPEN = "not decided with so few seeds";

/** Conclusions from the verdicts, a sentence for each way that each could have gone. */
export function meaning(verdicts: ReturnType<typeof claims>): Finding[] {
  return [...whatIsKept(verdicts), ...whereBitsGo(verdicts), ...whatAttributionTells(verdicts)];
}

/** Conclusions on what weights that are removed take with them. */
function whatIsKept({ paper, ours }: ReturnType<typeof claims>): Finding[] {
  return [
    [paper.knowledge, {
      "holds":
        "What is known by heart goes first when weights are removed: the paper's first finding, on a probe that can tell.",
      "does not hold":
        "Knowledge does not go before chains when weights are removed: the paper's first finding does not show on this probe.",
      [OPEN]: "Whether knowledge or chains go first when weights are removed stays open here.",
    }],
    [ours.fact, {
      "holds": "One fact alone, too, goes before chains of all lengths together.",
      "does not hold": "One fact alone does not go before chains of all lengths together.",
      [OPEN]: "Whether one fact alone goes before chains of all lengths together stays open here.",
    }],
    [ours.hops, {
      "holds": "Facts in a row go before one: what takes several recalls fails first.",
      "does not hold": "Facts in a row last as long as one.",
      [OPEN]: "Whether facts in a row go before one stays open here.",
    }],
    [ours.magnitude, {
      "holds": "So it is with the plainest pruning, too.",
      "does not hold": "By magnitude, chains go before knowledge: it depends on how one prunes.",
      [OPEN]: "By magnitude it stays open which of the two goes first.",
    }],
    [ours.step, {
      "holds": "Step for step: one step of reasoning outlasts one fact.",
      "does not hold": "One step of reasoning does not outlast one fact.",
      [OPEN]: "Whether one step of reasoning outlasts one fact stays open here.",
    }],
    [ours.calibrated, {
      "holds": "What pruning keeps is what it was calibrated on: calibrate on what matters.",
      "does not hold": "What pruning is calibrated on does not decide which of the two it keeps.",
      [OPEN]: "Whether the calibration text decides what is kept stays open here.",
    }],
    [paper.keeps, {
      "holds": "Where bytes are to be saved and facts matter, round, and do not prune.",
      "does not hold": "At equal bytes rounding keeps no more facts than pruning.",
      [OPEN]: "Whether rounding or pruning keeps more facts at equal bytes stays open here.",
    }],
    [paper.order, {
      "holds": "The more steps a task needs, the earlier it collapses.",
      "does not hold": "More steps do not collapse earlier.",
      [OPEN]: "Whether more steps collapse earlier stays open here.",
    }],
    [ours.sameLength, {
      "holds": "That short answers are right is more than their questions' being easy.",
      "does not hold":
        "That short answers are right is their questions' being easy: at equal difficulty it is not so.",
      [OPEN]: "How much of short answers' being right is their questions' being easy stays open here.",
    }],
  ];
}

/** Conclusions on which matrices want more bits. */
function whereBitsGo({ paper, ours }: ReturnType<typeof claims>): Finding[] {
  return [
    [paper.last, {
      "holds": "The last layer's MLP is the one to keep, here too.",
      "does not hold":
        "The last layer is not special in a model that was not distilled: another MLP helps more.",
      [OPEN]: "Which layer's MLP is the one to keep stays open here.",
    }],
    [ours.fewerBytes, {
      "holds": "One more bit everywhere is worth more than an MLP kept, in fewer bytes.",
      "does not hold": "Keeping an MLP is worth more than one more bit everywhere.",
      [OPEN]: "Whether an MLP or one more bit everywhere is worth more stays open here.",
    }],
    [ours.byLot, {
      "holds": "The last MLP is worth more than as many weights by lot, the control that the paper lacks.",
      "does not hold":
        "The last MLP is worth no more than as many weights by lot, the control that the paper lacks.",
      [OPEN]: "Whether the last MLP is worth more than as many weights by lot stays open here.",
    }],
    [ours.asBits, {
      "holds": "The same bytes are better spent on more bits for many matrices than on 16 for one MLP.",
      "does not hold": "The same bytes are no better spent on more bits for many matrices.",
      [OPEN]: "Whether the same bytes are better spent on more bits stays open here.",
    }],
    [paper.lastUp, {
      "holds": "The last layer's up_proj matters most, here too.",
      "does not hold": "Other matrices than the last layer's up_proj matter most here.",
      [OPEN]: "Which matrix matters most stays open here.",
    }],
    [ours.allocation, {
      "holds": "Bits that go where rounding costs most are better spent than bits for all alike.",
      "does not hold": "Bits for all alike are as well spent as bits that go where rounding costs most.",
      [OPEN]: "Whether bits are better spent unevenly stays open here.",
    }],
    [ours.withGptq, {
      "holds": "So it is where GPTQ rounds, too.",
      "does not hold": "Where GPTQ rounds, the same allocation is worse than bits for all alike.",
      [OPEN]: "Whether the same allocation helps where GPTQ rounds stays open here.",
    }],
  ];
}

/** Conclusions on what importance by gradients is worth. */
function whatAttributionTells({ paper, ours }: ReturnType<typeof claims>): Finding[] {
  return [
    [paper.ranked, {
      "holds": "Attribution, too, ranks the last layer's up_proj first.",
      "does not hold": "Attribution ranks other matrices above the last layer's up_proj here.",
      [OPEN]: "What attribution ranks first stays open here.",
    }],
    [ours.predicts, {
      "holds": "What attribution ranks high is dear to round: the ranking says something of the damage.",
      "does not hold": "What attribution ranks high is not dearer to round: round each matrix alone instead.",
      [OPEN]: "Whether attribution tells what rounding costs stays open here.",
    }],
    [ours.ownKind, {
      "holds": "Attribution also tells which behaviour a matrix's rounding costs.",
      "does not hold": "Attribution does not tell which behaviour a matrix's rounding costs.",
      [OPEN]: "Whether attribution tells which behaviour a matrix's rounding costs stays open here.",
    }],
  ];
}
