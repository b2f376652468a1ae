import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { boardFormats, boards, filesFolder, uidOf } from "@jobtrail/dashboards";
import type { BoardFormatName, BoardId } from "@jobtrail/dashboards";
import { nearest } from "@jobtrail/conventions";
import { failure, reasonOf } from "../errors.ts";
import { makeFolder } from "../folder.ts";
import type { BoardFile, ExportOptions } from "./options.ts";
import { withVariables } from "./variables.ts";
import { provisioned } from "./provision.ts";

/** Writes the files and prints their paths. */
export function exportBoards(options: ExportOptions): void {
  onlyGrafana(options);
  const files = chosen(options).map((path) => ({
    path: basename(path),
    text: withVariables(readFileSync(path, "utf8"), options),
  }));
  write(options.out, options.provision === true ? provisioned(files) : files);
}

/** Refuses options of Grafana for another format, which would ignore them silently. */
function onlyGrafana({ format, provision, datasource, logs, traces, jobLog }: ExportOptions): void {
  if (format.startsWith("grafana")) {
    if (provision === true && format !== "grafana")
      throw failure("JOBTRAIL_OPTION_UNFIT", {
        reason: "--provision needs --format grafana: Grafana reads v2 manifests by its API, not from files.",
      });
    return;
  }
  const given = {
    "--provision": provision,
    "--datasource": datasource,
    "--logs": logs,
    "--traces": traces,
    "--job-log": jobLog,
  };
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (flag !== undefined)
    throw failure("JOBTRAIL_OPTION_UNFIT", {
      reason: `${flag} does not apply to --format ${format}; it is for grafana and grafana-v2.`,
    });
}

/** The paths of the chosen boards' files: the file for the naming if there is one, else the default file. */
function chosen({ format, board = boardFormats[format].boards, names, histograms }: ExportOptions): string[] {
  const naming = [...(names === "utf8" ? ["utf8"] : []), ...(histograms === "native" ? ["native"] : [])].join("-");
  return board.map((name) => {
    const id = known(name, format);
    const [path] = [naming, ""].flatMap((folder) => globSync(join(filesFolder, format, folder, `${uidOf(id)}.*`)));
    if (path === undefined) throw failure("JOBTRAIL_PACKAGE_MISSING", { name: "@jobtrail/dashboards" });
    return path;
  });
}

function known(name: string, format: BoardFormatName): BoardId {
  const ids = boards.map(({ id }) => id);
  const id = ids.find((each) => each === name || uidOf(each) === name);
  if (id === undefined)
    throw failure("JOBTRAIL_BOARD_UNKNOWN", { name, nearest: nearest(name, ids), all: ids.join(", ") });
  const { boards: held } = boardFormats[format];
  if (!held.includes(id))
    throw failure("JOBTRAIL_OPTION_UNFIT", {
      reason: `the board ${id} is not written as ${format}, only ${held.join(", ")}. Choose another with --board.`,
    });
  return id;
}

function write(out: string, files: readonly BoardFile[]): void {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw failure("JOBTRAIL_FILE_UNWRITABLE", { name: out, reason: "it is a file and not a folder" });
  try {
    for (const { path, text } of files) {
      makeFolder(dirname(join(out, path)));
      writeFileSync(join(out, path), text);
    }
  } catch (cause) {
    throw failure("JOBTRAIL_FILE_UNWRITABLE", { name: out, reason: reasonOf(cause) }, { cause });
  }
  for (const { path } of files) console.log(join(out, path));
}
