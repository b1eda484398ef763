import { listenAndReport } from "../http/reporting.ts";
import { taskOf } from "../task-process.ts";
import type { FrameworkTask } from "./protocol.ts";
import { serverOf } from "./servers.ts";

await listenAndReport(await serverOf(taskOf<FrameworkTask>()), async () => {});
