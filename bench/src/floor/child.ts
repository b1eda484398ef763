import { answer } from "../in-child.ts";
import { runFloorTrial } from "./trial.ts";

await answer(runFloorTrial);
