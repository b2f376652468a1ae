import { existsSync, globSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { boardFormats, boards, filesFolder, uidOf } from "@jobtrail/dashboards";
import type { BoardFormatName, BoardId } from "@jobtrail/dashboards";
import { nearest } from "@jobtrail/conventions";
import { Fault } from "../collector/fault.ts";
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
      throw new Fault("--provision needs --format grafana: Grafana reads v2 manifests by its API, not from files.");
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
    throw new Fault(`${flag} does not apply to --format ${format}; it is for grafana and grafana-v2.`);
}

/** The paths of the chosen boards' files: the file for the naming if there is one, else the default file. */
function chosen({ format, board = boardFormats[format].boards, names, histograms }: ExportOptions): string[] {
  const naming = [...(names === "utf8" ? ["utf8"] : []), ...(histograms === "native" ? ["native"] : [])].join("-");
  return board.map((name) => {
    const id = known(name, format);
    const [path] = [naming, ""].flatMap((folder) => globSync(join(filesFolder, format, folder, `${uidOf(id)}.*`)));
    if (path === undefined)
      throw new Fault("The files of @jobtrail/dashboards were not found. Install @jobtrail/cli again.");
    return path;
  });
}

function known(name: string, format: BoardFormatName): BoardId {
  const ids = boards.map(({ id }) => id);
  const id = ids.find((each) => each === name || uidOf(each) === name);
  if (id === undefined)
    throw new Fault(`There is no board "${name}"; do you mean ${nearest(name, ids)}? There are: ${ids.join(", ")}.`);
  const { boards: held } = boardFormats[format];
  if (!held.includes(id)) throw new Fault(`The board ${id} is not written as ${format}, only: ${held.join(", ")}.`);
  return id;
}

function write(out: string, files: readonly BoardFile[]): void {
  if (existsSync(out) && !statSync(out).isDirectory())
    throw new Fault(`--out ${out} is a file; expected a folder, or a path where none is yet.`);
  try {
    for (const { path, text } of files) {
      makeFolder(dirname(join(out, path)));
      writeFileSync(join(out, path), text);
    }
  } catch (cause) {
    throw new Fault(
      `Nothing can be written to ${out}: ${(cause as Error).message}. Choose another folder with --out.`,
      { cause },
    );
  }
  for (const { path } of files) console.log(join(out, path));
}
