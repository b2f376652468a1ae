import { boardFormats, boards, uidOf } from "@jobtrail/dashboards";
import { aligned } from "../aligned.ts";

/** Prints the boards and the formats. */
export function list(format: "table" | "json"): void {
  const rows = boards.map(({ id, title, about, rows: parts }) => ({
    name: id,
    uid: uidOf(id),
    title,
    about,
    panels: parts.flatMap(({ panels }) => panels).length,
    formats: Object.entries(boardFormats)
      .filter(([, { boards: held }]) => held.includes(id))
      .map(([name]) => name),
  }));
  if (format === "json") return console.log(JSON.stringify(rows, null, 2));
  console.log(
    aligned([["board", "panels", "question"], ...rows.map(({ name, panels, about }) => [name, `${panels}`, about])]),
  );
  console.log();
  console.log(
    aligned([
      ["format", "boards", "proof", "read by"],
      ...Object.entries(boardFormats).map(([name, { boards: held, proof, takenBy }]) => [
        name,
        held.length === boards.length ? "all" : held.join(", "),
        proof,
        takenBy,
      ]),
    ]),
  );
  console.log("\nchecked: tests run their queries and rules. written: from the vendor's documentation, not run.");
}
