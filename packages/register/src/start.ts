import { readSettings, standardWarnings } from "@jobtrail/conventions";
import { say } from "./report.ts";

/**
 * Watches the job systems of this process. A wrong setting is said and its default holds; whatever
 * else fails is said, and the app runs without us.
 */
export async function start(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const { settings, warnings } = readSettings(env);
    for (const warning of [...warnings, ...standardWarnings(env, "start")]) say(warning, warning);
    if (!settings.enabled) return;
    const { watch } = await import("./watch.ts");
    await watch(env, settings);
  } catch (error) {
    say("start", `jobs are not watched, because the start failed: ${String(error).split("\n")[0]}`);
  }
}
