/** A model that says what it is told to. */

export const asked = { prompt: "Once upon a time", temperature: 0.8, topP: 0.9, maxTokens: 40, seed: 7 };
