/** Whether the server takes calls, for health checks and readiness. */
export interface ServingState {
  readonly serving: boolean;
  /** Number of listeners that were added and not yet removed. */
  readonly listeners: number;
  /** Tells listeners only when the state really changes. */
  set(serving: boolean): void;
  /** True for the full name of a service of the server, and for "", the server as a whole. */
  knows(service: string): boolean;
  /** Calls back at every change, without the state. The answer removes the listener. */
  onChange(listener: () => void): () => void;
}

/** @param services full names of the services that may be asked for; not serving at first */
export function createServingState(services: Iterable<string>): ServingState {
  const known = new Set(["", ...services]);
  const listeners = new Set<() => void>();
  let serving = false;
  return {
    get serving() {
      return serving;
    },
    get listeners() {
      return listeners.size;
    },
    set(next) {
      if (next === serving) return;
      serving = next;
      for (const listener of [...listeners]) listener();
    },
    knows: (service) => known.has(service),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
