import { listenAndReport } from "../served/server-process.ts";
import { taskOf } from "../task-process.ts";
import { serverOf } from "./server-of.ts";
import type { FrameworkTask } from "./tasks.ts";

await listenAndReport(await serverOf(taskOf<FrameworkTask>()), async () => {});
