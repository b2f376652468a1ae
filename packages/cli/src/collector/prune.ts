import { Command, InvalidArgumentError, Option } from "commander";
import { errorLine } from "@jobtrail/conventions";
import { durationMs } from "../arguments.ts";
import { catalogue } from "../errors.ts";
import { guarded } from "../guarded.ts";
import { prune as remove } from "./retention.ts";
import type { Pruned } from "./retention.ts";

interface PruneOptions {
  readonly olderThan: number;
  readonly maxShare: number;
  readonly dryRun?: boolean;
}

/** `jobtrail collector prune`: removes old files of the second sink. */
export const prune = (): Command =>
  new Command("prune")
    .description("Remove old files of a Collector's second sink, and report how much of its disk it uses.")
    .helpOption("-h, --help", "show this help")
    .argument("<dir>", "the folder second-sink of the Collector")
    .addOption(
      new Option("--older-than <time>", "remove files that are older than this, such as 30d or 12h")
        .argParser(durationMs)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--max-share <percent>", "exit with code 1 if the folder still uses more of its disk than this")
        .argParser(percent)
        .default(80),
    )
    .option("--dry-run", "report what would be removed, and remove nothing")
    .addHelpText("after", examples)
    .action((folder: string, { olderThan, maxShare, dryRun = false }: PruneOptions) =>
      guarded(() => {
        const pruned = remove({ folder, ageMs: olderThan, isDry: dryRun });
        const isTooMuch = pruned.share * 100 > maxShare;
        console.log(`${removedText(pruned, dryRun)} ${shareText(folder, pruned.share)}`);
        if (!isTooMuch) return;
        console.error(errorLine(catalogue, "JOBTRAIL_SINK_TOO_LARGE", { name: folder, maxShare }));
        process.exitCode = 1;
      }),
    );

const examples = `
Examples:
  $ jobtrail collector prune /var/lib/jobtrail-collector/second-sink --older-than 30d
  $ jobtrail collector prune ./jobtrail-collector/second-sink --older-than 7d --dry-run

The file that the Collector writes to is never removed. The command does not check what a backend has received:
\`jobtrail collector resend --delete\` removes what was delivered, whatever its age.`;

const removedText = ({ removed, files, removedBytes }: Pruned, isDry: boolean): string =>
  `${isDry ? "Would remove" : "Removed"} ${removed.length} of ${files} files (${Math.round(removedBytes / 1e6)} MB).`;

const shareText = (folder: string, share: number): string => `${folder} uses ${Math.round(share * 100)} % of its disk.`;

function percent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100)
    throw new InvalidArgumentError("Expected a whole number from 0 to 100.");
  return Number(text);
}
