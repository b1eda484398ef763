import { answer } from "../in-child.ts";
import { runTrial } from "./trial.ts";

await answer(runTrial);
