/**
 * Settings of V8 for a process that makes many short-lived objects. To be imported before anything that
 * runs long enough to be compiled.
 */
import { setFlagsFromString } from "node:v8";

// V8 guesses from the past which objects will live long, and begins them among the old ones. Wrong guesses,
// which it makes in some runs and not in others, keep all that belongs to a call: its young objects are
// copied twice, and the collector takes ten times as long.
setFlagsFromString("--no-allocation-site-pretenuring");
