import { SettingsError, readSettings } from "@jobtrail/conventions";
import { refuse, say } from "./report.ts";

/**
 * Watches the job systems of this process. A wrong setting ends it with code 1 before the app
 * begins; whatever else fails is said, and the app runs without us.
 */
export async function start(env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const { settings, warnings } = readSettings(env);
    for (const warning of warnings) say(warning, warning);
    if (!settings.enabled) return;
    const { watch } = await import("./watch.ts");
    await watch(env, settings);
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error));
    if (error instanceof SettingsError) process.exit(1);
  }
}
