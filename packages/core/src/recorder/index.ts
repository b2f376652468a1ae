export { asked } from "../ambient.ts";
export type { Asked } from "../ambient.ts";
export { Entry } from "../event/entry.ts";
export { keyOf, keys } from "../event/key.ts";
export type { Key } from "../event/key.ts";
export { layerOf, objectOf } from "../event/layer.ts";
export type { Layer } from "../event/layer.ts";
export {
  activeSpan,
  contexts,
  diag,
  loggers,
  meters,
  registered,
  showMessages,
  strangeVersions,
  tracers,
} from "../globals.ts";
export type { Globals, Slot } from "../globals.ts";
export { guard, tell } from "../guard.ts";
export type { Batch } from "./batch.ts";
export { carrierOf, extract, inject, isValid } from "./carrier.ts";
export type { Carrier } from "./carrier.ts";
export type { Happening } from "./compose.ts";
export { definitionIn } from "./definition.ts";
export type { Definition } from "./definition.ts";
export type { Enqueue } from "./enqueue.ts";
export type { RecorderOptions } from "./options.ts";
export { globalProviders } from "./providers.ts";
export type { Providers } from "./providers.ts";
export { createRecorder } from "./recorder.ts";
export type { Recorder } from "./recorder.ts";
export type { Render, Rendering } from "./render.ts";
export type { OpenRun } from "./run.ts";
export { globalSink, sdkSink } from "./sdk.ts";
export { through } from "./sink.ts";
export type { BindPoint, InstrumentationScope, Sink, SpanStart, StartSpan, WriteLog } from "./sink.ts";
export { stamp } from "./stamp.ts";
export type { How } from "./start.ts";
