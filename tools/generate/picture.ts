import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Takes the README's pictures of the pages: `docs/jobs.png` and `docs/job.png`. The packages are used from source. */
export function picture(root: string): void {
  const program = join(root, "tools/generate/shoot.ts");
  execFileSync(process.execPath, ["--conditions=@jobtrail/source", program, join(root, "docs")], { stdio: "inherit" });
}
