/** A backend in a process of its own that reads what it is sent and looks at none of it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What came since it was last asked for. */
export interface Drained {
  readonly requests: number;
  readonly bytes: number;
}

let drained: Drained = { requests: 0, bytes: 0 };

const server = createServer((request, response) => {
  let bytes = 0;
  request.on("data", (chunk: Buffer) => (bytes += chunk.length));
  request.on("end", () => {
    drained = { requests: drained.requests + 1, bytes: drained.bytes + bytes };
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("message", () => {
  process.send?.(drained);
  drained = { requests: 0, bytes: 0 };
});
process.on("disconnect", () => process.exit());
