/** What the load generator is asked to do, and what it tells. One line of JSON each. */

/** The part of a body that is another number in each call, so that no call repeats one before it. */
export interface Counter {
  /** Bytes before it. */
  readonly offset: number;
  /** Decimal digits, with zeros in front. */
  readonly width: number;
}

export interface Call {
  readonly path: string;
  /** Base64; for gRPC with its five bytes of prefix. */
  readonly body: string;
  readonly counter?: Counter;
}

export interface Order {
  /** gRPC on HTTP/2, or any other on HTTP/1.1. */
  readonly protocol: "grpc" | "http1";
  readonly port: number;
  readonly method?: "POST" | "GET";
  /** Besides what the protocol asks for; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Taken in turn. */
  readonly calls: readonly Call[];
  readonly connections: number;
  /** Calls at the same time on each connection; 1 on HTTP/1.1. */
  readonly streams: number;
  /** No call starts later. */
  readonly milliseconds: number;
}

export interface Measured {
  readonly calls: number;
  readonly seconds: number;
  /** Milliseconds from the request to the whole answer. */
  readonly p50: number;
  readonly p99: number;
  /** Answers other than success. */
  readonly errors: number;
  readonly firstError: string;
  /** Processor time of the generator itself, in microseconds a call. */
  readonly cpu: number;
}
