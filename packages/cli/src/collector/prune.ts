import { Command, InvalidArgumentError, Option } from "commander";
import { durationMs } from "../arguments.ts";
import { prune as remove } from "./retention.ts";
import type { Pruned } from "./retention.ts";

interface PruneOptions {
  readonly olderThan: number;
  readonly maxShare: number;
  readonly dryRun?: boolean;
}

/** `jobtrail collector prune`: what is old in the second sink goes. */
export const prune = (guarded: (action: () => Promise<void>) => Promise<void>): Command =>
  new Command("prune")
    .description("Remove old files of a Collector's second sink, and say how much of its disk it has.")
    .helpOption("-h, --help", "say how it is used")
    .argument("<dir>", "the folder second-sink of the Collector")
    .addOption(
      new Option("--older-than <time>", "the age below which no file is removed, such as 30d or 12h")
        .argParser(durationMs)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option("--max-share <percent>", "end with 1 where it still has more of its disk than that")
        .argParser(percent)
        .default(80),
    )
    .option("--dry-run", "say what would go, and remove nothing")
    .addHelpText("after", examples)
    .action((folder: string, { olderThan, maxShare, dryRun = false }: PruneOptions) =>
      guarded(async () => {
        const pruned = remove({ folder, ageMs: olderThan, isDry: dryRun });
        const isTooMuch = pruned.share * 100 > maxShare;
        console.log(`${removedText(pruned, dryRun)} ${shareText(folder, pruned.share)}`);
        if (!isTooMuch) return;
        console.error(
          `${folder} has more than ${maxShare} % of its disk (--max-share), and nothing more is old enough. Give it a larger disk, or keep files for a shorter time (--older-than).`,
        );
        process.exitCode = 1;
      }),
    );

const examples = `
Examples:
  $ jobtrail collector prune /var/lib/jobtrail-collector/second-sink --older-than 30d
  $ jobtrail collector prune ./jobtrail-collector/second-sink --older-than 7d --dry-run

The file that the Collector writes to is never removed. It does not look at what a backend has taken:
\`jobtrail collector resend --delete\` removes what was delivered, whatever its age.`;

const removedText = ({ removed, files, removedBytes }: Pruned, isDry: boolean): string =>
  `${isDry ? "Would remove" : "Removed"} ${removed.length} of ${files} files (${Math.round(removedBytes / 1e6)} MB).`;

const shareText = (folder: string, share: number): string => `${folder} has ${Math.round(share * 100)} % of its disk.`;

function percent(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100)
    throw new InvalidArgumentError("Expected a whole number from 0 to 100.");
  return Number(text);
}
