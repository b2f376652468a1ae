import { createRequire, register as registerThread } from "node:module";
import { pathToFileURL } from "node:url";
import type { WatchedFile } from "@jobtrail/instrumentation";

/** What import-in-the-middle's synchronous entry gives. */
interface SyncHooks {
  supportsSyncHooks(): boolean;
  register(options: { include: readonly (string | RegExp)[] }): void;
}

/**
 * Lets the instrumentations see ES modules: those targets and nothing else, because a wrapped
 * module can behave differently where modules import each other in a circle.
 */
export async function hook(targets: readonly WatchedFile[]): Promise<void> {
  if (targets.length === 0) return;
  const include = [...new Set(targets.map(pattern))];
  const hooks = (await import(ours("register-hooks.mjs"))) as SyncHooks;
  if (hooks.supportsSyncHooks()) hooks.register({ include });
  else registerThread(ours("hook.mjs"), { data: { include } });
}

const pattern = ({ module, file }: WatchedFile): string | RegExp =>
  file === "." ? module : new RegExp(`/node_modules/${literal(module)}/${literal(file)}$`);

const literal = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&");

/**
 * A file of the copy of import-in-the-middle that the instrumentations listen to: another copy's
 * hooks would call nobody. The query makes it an instance of our own, because one instance takes
 * one list, and the app may register the same file with its own.
 */
function ours(file: string): string {
  const from = ["@jobtrail/instrumentation", "@opentelemetry/instrumentation"].reduce(
    (parent, name) => createRequire(parent).resolve(name),
    import.meta.filename,
  );
  return `${pathToFileURL(createRequire(from).resolve(`import-in-the-middle/${file}`)).href}?jobtrail`;
}
