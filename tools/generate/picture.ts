import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Takes the pictures of the pages in `docs`: jobs, a job, the job audit log and its results. The packages are used from source. */
export function picture(root: string): void {
  const program = join(root, "tools/generate/shoot.ts");
  execFileSync(process.execPath, ["--conditions=@jobtrail/source", program, join(root, "docs")], { stdio: "inherit" });
}
