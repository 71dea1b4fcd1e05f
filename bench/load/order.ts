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
  /**
   * Over gRPC: calls begin at random times, so many a second over all connections, whatever becomes of those
   * before them. By default each begins when another one has ended.
   */
  readonly rate?: number;
  /** Calls that begin before this time are made, but are not in the results. */
  readonly settleMilliseconds?: number;
}

export interface Measured {
  readonly calls: number;
  readonly seconds: number;
  /** Milliseconds from the request to the whole answer. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Calls that were refused for overload, which are no errors where there is a rate. */
  readonly refused: number;
  /** The middle and the 99th percentile of their times. */
  readonly refusedP50: number;
  readonly refusedP99: number;
  /** Answers other than success, and refusals where there is no rate. */
  readonly errors: number;
  readonly firstError: string;
  /** Processor time of the generator itself, in microseconds a call. */
  readonly cpu: number;
}
