import assert from "node:assert/strict";
import {
  answerFile,
  chunkFile,
  doingFile,
  isAnswer,
  logFile,
  PULSE,
} from "../../../lib/experiment/executors/slurm_folder.ts";

Deno.test("files of a task are told apart, and only answers are read as such", () => {
  const others = [PULSE, chunkFile("2-17"), doingFile("2-17"), logFile("2-17")];
  assert.equal(new Set(others).size, 4);
  assert.deepEqual(others.filter(isAnswer), []);
  assert.ok(!isAnswer(`${answerFile("a")}.part`));
});

Deno.test("two answers to one job are two files", () => {
  const [one, other] = [answerFile("toy-1"), answerFile("toy-1")];
  assert.notEqual(one, other);
  assert.ok([one, other].every((file) => isAnswer(file) && file.startsWith("answer-toy-1-")));
});
