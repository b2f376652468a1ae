import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serviceOf } from "../src/service.ts";

test("a service is called as OpenTelemetry's variables say, else as the nearest package.json that has a name", () => {
  const folder = mkdtempSync(join(tmpdir(), "jobtrail-service-"));
  mkdirSync(join(folder, "dist/esm"), { recursive: true });
  writeFileSync(join(folder, "package.json"), `{"name":"orders","version":"2.0.0"}`);
  writeFileSync(join(folder, "dist/package.json"), `{"type":"module"}`);
  const main = join(folder, "dist/esm/main.js");
  expect(serviceOf({}, main)).toEqual({ name: "orders", version: "2.0.0" });
  const attributes = { OTEL_RESOURCE_ATTRIBUTES: "service.name=by%20attribute,service.version=7" };
  expect(serviceOf(attributes, main)).toEqual({ name: "by attribute", version: "7" });
  const named = { ...attributes, OTEL_SERVICE_NAME: "by name" };
  expect(serviceOf(named, main)).toEqual({ name: "by name", version: "7" });
  expect(serviceOf({ OTEL_SERVICE_NAME: "by name" }, main)).toEqual({ name: "by name", version: undefined });
  const broken = { OTEL_RESOURCE_ATTRIBUTES: "service.name=%E0%A4%A" };
  expect(serviceOf(broken, main)).toEqual({ name: "orders", version: "2.0.0" });
  rmSync(folder, { recursive: true });
});
