/** Measures how long calls take, without a hand in what they do. */
import { performance } from "node:perf_hooks";
import type { Metrics } from "../telemetry/metrics.ts";
import { codeOf, nameOf } from "./answer-code.ts";
import type { MethodEntry } from "./method-table.ts";
import type { Pipeline } from "./pipeline.ts";

/**
 * Tells of each call that is refused before its body is read, and of each other from when its body is
 * here, as the time that callers take to send it says nothing about the server.
 */
export function measured(pipeline: Pipeline, { answered }: Pick<Metrics, "answered">): Pipeline {
  const note = ({ name }: MethodEntry, code: string, started: number) =>
    answered(name, code, (performance.now() - started) / 1000);
  return {
    ...pipeline,

    async admit(entry, origin) {
      const started = performance.now();
      try {
        return await pipeline.admit(entry, origin);
      } catch (thrown) {
        note(entry, nameOf(codeOf(thrown)), started);
        throw thrown;
      }
    },

    async call(admission, decode) {
      const started = performance.now();
      try {
        const reply = await pipeline.call(admission, decode);
        note(admission.entry, "ok", started);
        return reply;
      } catch (thrown) {
        note(admission.entry, nameOf(codeOf(thrown)), started);
        throw thrown;
      }
    },
  };
}
