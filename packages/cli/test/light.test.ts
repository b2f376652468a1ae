import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Prints the packages of ours whose files are loaded, when the process ends. */
const listing = `
import { registerHooks } from "node:module";
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    loaded.add(/packages[/]([^/]+)[/]/.exec(url)?.[1]);
    return next(url, context);
  },
});
process.on("exit", () => console.error(JSON.stringify([...loaded].filter(Boolean))));
`;

test.each(["--version", "--help", "serve --help", "bridge --help"])(
  "%s loads neither a job log nor a bridge",
  async (given) => {
    const main = join(import.meta.dirname, "../src/main.ts");
    const flags = ["--conditions=@jobtrail/source", "--import", `data:text/javascript,${encodeURIComponent(listing)}`];
    const { stderr } = await promisify(execFile)(process.execPath, [...flags, main, ...given.split(" ")]);
    const loaded = JSON.parse(stderr) as string[];
    expect(loaded).toContain("cli");
    expect(loaded.filter((name) => name === "joblog" || name === "bridge")).toEqual([]);
  },
);
