import type { AppProcess } from "../app/process.ts";
import type { Act, History, Operation, Outcome } from "../history.ts";
import { type Answer, ask, type Question } from "./request.ts";

/** What a reply makes of an act: what it showed is filled in. */
export type Reading = (answer: Answer, act: Act) => Act;

/** Sends requests and writes down what became of them. */
export class Recorder {
  readonly history: History;
  /** When a client gives up: long after a request should have been answered. */
  readonly #patience: number;

  constructor(history: History, patience: number) {
    this.history = history;
    this.#patience = patience;
  }

  async send(
    client: string,
    app: AppProcess,
    question: Pick<Question, "method" | "path" | "cookie">,
    act: Act,
    read: Reading = (_answer, same) => same,
  ): Promise<{ operation: Operation; answer: Answer | undefined }> {
    const from = this.history.now();
    const answer = await ask({ ...question, port: app.port, patience: this.#patience });
    const outcome = outcomeOf(answer, act);
    const operation: Operation = {
      client,
      app: app.name,
      act: answer !== undefined && outcome === "ok" ? read(answer, act) : act,
      from,
      until: this.history.now(),
      outcome,
      status: answer?.status,
      code: typeof answer?.body.code === "string" ? answer.body.code : undefined,
    };
    this.history.operations.push(operation);
    return { operation, answer };
  }
}

function outcomeOf(answer: Answer | undefined, { kind }: Act): Outcome {
  if (answer?.status === 200) return "ok";
  if (answer?.status === 401) return "refused";
  // The session had ended by the time of the save.
  return answer?.status === 409 && kind === "write" ? "refused" : "unknown";
}
