/** A text and two questions about it, as SQuAD's files have them. */
export const context =
  "The Eiffel Tower 🗼 was built in 1889; the tower is 330 metres tall, and Paris likes it.";
const place = (words: string) => [...context.slice(0, context.indexOf(words))].length; // in characters, as SQuAD counts

/** The file, with the answer to the second question at a place of the text. */
export const file = (answer_start = place("330 metres")): string =>
  JSON.stringify({
    version: "1.1",
    data: [{
      title: "Tower",
      paragraphs: [{
        context,
        qas: [
          {
            id: "q1",
            question: "When was it built?",
            answers: [{ text: "1889", answer_start: place("1889") }],
          },
          { id: "q2", question: "How tall is the tower?", answers: [{ text: "330 metres", answer_start }] },
        ],
      }],
    }],
  });
