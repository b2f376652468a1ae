export { conformance, withService } from "./conformance.ts";
