/** The conditions of targetd around a unary method of a server of @grpc/grpc-js. */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  type handleUnaryCall,
  Metadata,
  type MethodDefinition,
  type ServerUnaryCall,
  type StatusObject,
} from "@grpc/grpc-js";
import type { CallerIds, Targetd } from "targetd/interceptor";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";

/** A method as grpc-js wants it described. */
export function definitionOf<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
): MethodDefinition<MessageShape<I>, MessageShape<O>> {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message) => Buffer.from(toBinary(method.input, message)),
    requestDeserialize: (bytes) => fromBinary(method.input, bytes),
    responseSerialize: (message) => Buffer.from(toBinary(method.output, message)),
    responseDeserialize: (bytes) => fromBinary(method.output, bytes),
  };
}

type Call<I extends DescMessage, O extends DescMessage> = ServerUnaryCall<
  MessageShape<I>,
  MessageShape<O>
>;

/**
 * @param handle gets the request that targets have left; errors for the caller are ConnectErrors
 * @param caller tells targets who calls
 */
export function withTargetd<I extends DescMessage, O extends DescMessage>(
  targetd: Targetd,
  method: DescMethodUnary<I, O>,
  handle: (request: MessageShape<I>, call: Call<I, O>) => Promise<MessageInitShape<O>>,
  caller: (call: Call<I, O>) => CallerIds = () => ({}),
): handleUnaryCall<MessageShape<I>, MessageShape<O>> {
  return (call, callback) => {
    const gone = new AbortController();
    call.on("cancelled", () => gone.abort());
    const run = async () => {
      const about = {
        ...{ method, request: call.request, caller: caller(call), signal: gone.signal },
        header: (name: string) => headerOf(call, name),
        timeoutMs: Number(call.getDeadline()) - Date.now(),
      };
      return targetd.around(about, async (request) =>
        create(method.output, await handle(request, call)),
      );
    };
    run().then(
      (response) => callback(null, response),
      (thrown: unknown) => callback(statusOf(thrown)),
    );
  };
}

function headerOf<I, O>(call: ServerUnaryCall<I, O>, name: string): string | undefined {
  if (name === "host") return call.getHost();
  return call.metadata.get(name)[0]?.toString();
}

/** The status with its details; errors that are not meant for callers are hidden. */
function statusOf(thrown: unknown): Partial<StatusObject> {
  const hidden = new ConnectError("internal error", Code.Internal);
  const { code, rawMessage, details } = thrown instanceof ConnectError ? thrown : hidden;
  const status = create(StatusSchema, {
    code,
    message: rawMessage,
    details: details.map((detail) =>
      "desc" in detail
        ? anyPack(detail.desc, create(detail.desc, detail.value))
        : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
    ),
  });
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)));
  return { code: Number(code), details: rawMessage, metadata };
}
