/** Typed unary calls with @grpc/grpc-js. */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { Metadata } from "@grpc/grpc-js";
import { grpcJsMethod, openGrpcJs } from "./rpc.ts";

/** An answer, and whether it is the remembered one of an earlier call. */
export interface Answer<O extends DescMessage> {
  readonly message: MessageShape<O>;
  readonly replayed: boolean;
}

/** Calls a method; rejects with a ConnectError. */
export type GrpcCaller = <I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
) => Promise<Answer<O>>;

/** A connection that is closed when the test ends. */
export function openCaller(server: { readonly url: string; readonly token: string }): GrpcCaller {
  const client = openGrpcJs(Number(new URL(server.url).port));
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${server.token}`);
  return (method, request) => {
    const [path, serialize, deserialize] = grpcJsMethod(method);
    const message = create(method.input, request);
    return new Promise((resolve, reject) => {
      let replayed = false;
      const call = client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        message,
        metadata,
        (error, answer) => {
          if (error === null && answer !== undefined) resolve({ message: answer, replayed });
          else reject(new ConnectError(String(error?.details), Number(error?.code)));
        },
      );
      call.on("metadata", (headers: Metadata) => {
        replayed = headers.get("targetd-replayed")[0] === "true";
      });
    });
  };
}
