/** Servers that tell of themselves by gRPC reflection. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import * as v1 from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import type * as v1alpha from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { openRpcPort } from "../../support/rpc.ts";

/** Files by path, and what each service is in. */
export interface Told {
  readonly services: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

type Question = v1.ServerReflectionRequest["messageRequest"];
type Answer = NonNullable<
  MessageInitShape<typeof v1.ServerReflectionResponseSchema>["messageResponse"]
>;

export interface ReflectingServer {
  readonly url: string;
  /** The value of the header "authorization" of each stream. */
  readonly authorizations: (string | null)[];
}

/** Tells what it is given, one file an answer, until the test ends. */
export async function openReflecting(
  told: Told,
  version: typeof v1.ServerReflection | typeof v1alpha.ServerReflection = v1.ServerReflection,
): Promise<ReflectingServer> {
  const authorizations: (string | null)[] = [];
  const { url } = await openRpcPort((router) => {
    router.service(version as typeof v1.ServerReflection, {
      async *serverReflectionInfo(requests, { requestHeader }) {
        authorizations.push(requestHeader.get("authorization"));
        for await (const { messageRequest } of requests) {
          yield { messageResponse: answerTo(messageRequest, told) };
        }
      },
    });
  });
  return { url, authorizations };
}

function answerTo({ case: kind, value }: Question, { services, files }: Told): Answer {
  if (kind === "listServices") {
    const service = Object.keys(services).map((name) => ({ name }));
    return { case: "listServicesResponse", value: { service } };
  }
  const path = kind === "fileContainingSymbol" ? services[value] : value;
  const file = typeof path === "string" ? files[path] : undefined;
  return file === undefined
    ? { case: "errorResponse", value: { errorCode: Code.NotFound, errorMessage: "not here" } }
    : { case: "fileDescriptorResponse", value: { fileDescriptorProto: [file] } };
}
