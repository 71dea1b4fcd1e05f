/** The protocol of gRPC reflection: one question, one answer. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequestSchema,
  type ServerReflectionResponse,
} from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionAlpha } from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";

/** An answer that does not fit its question. */
export class ReflectionError extends Error {
  override readonly name = "ReflectionError";
}

/** What a server tells about itself. */
export interface Reflection {
  /** Full names of the services. */
  readonly services: readonly string[];
  /**
   * The files that the server sends for a service, each a google.protobuf.FileDescriptorProto.
   *
   * @throws ReflectionError, ConnectError
   */
  filesOfService(name: string): Promise<readonly Uint8Array[]>;
  /**
   * The files that the server sends for a path.
   *
   * @throws ReflectionError, ConnectError
   */
  filesAt(path: string): Promise<readonly Uint8Array[]>;
}

type Question = NonNullable<
  MessageInitShape<typeof ServerReflectionRequestSchema>["messageRequest"]
>;
type Answer = ServerReflectionResponse["messageResponse"];
type Ask = (question: Question) => Promise<Answer>;

/**
 * Asks with v1, and with v1alpha where that is not there.
 *
 * @param deadline milliseconds of the system's clock, for all questions together
 * @throws ConnectError unimplemented when the server has neither
 */
export async function openReflection(transport: Transport, deadline: number): Promise<Reflection> {
  try {
    return await reflectionWith(asker(transport, ServerReflection, deadline));
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== Code.Unimplemented) throw error;
    return reflectionWith(asker(transport, ServerReflectionAlpha, deadline));
  }
}

/** Each question is a stream of its own, so that no answer can be mistaken for another. */
function asker(
  transport: Transport,
  // The messages of v1alpha are those of v1 under another name.
  service: typeof ServerReflection | typeof ServerReflectionAlpha,
  deadline: number,
): Ask {
  const client = createClient(service as typeof ServerReflection, transport);
  return async (messageRequest) => {
    const timeoutMs = Math.max(1, deadline - Date.now());
    let answer: Answer | undefined;
    // Read to its end: a server may count streams that are cut off as an attack.
    const answers = client.serverReflectionInfo(only({ messageRequest }), { timeoutMs });
    for await (const { messageResponse } of answers) answer ??= messageResponse;
    if (answer === undefined) throw new ReflectionError("it did not answer a question");
    return answer;
  };
}

async function* only<T>(item: T): AsyncIterable<T> {
  yield item;
}

async function reflectionWith(ask: Ask): Promise<Reflection> {
  const listed = await ask({ case: "listServices", value: "" });
  if (listed.case !== "listServicesResponse") throw unfit(listed, "for its services");
  return {
    services: listed.value.service.map(({ name }) => name),
    async filesOfService(name) {
      const answer = await ask({ case: "fileContainingSymbol", value: name });
      if (answer.case === "fileDescriptorResponse") return answer.value.fileDescriptorProto;
      throw unfit(answer, `for the file of ${JSON.stringify(name)}`);
    },
    async filesAt(path) {
      const answer = await ask({ case: "fileByFilename", value: path });
      if (answer.case === "fileDescriptorResponse") return answer.value.fileDescriptorProto;
      throw unfit(answer, `for the file ${JSON.stringify(path)}`);
    },
  };
}

function unfit(answer: Answer, question: string): ReflectionError {
  const { case: kind, value } = answer;
  const what = kind === "errorResponse" ? `the error ${value.errorMessage}` : "something else";
  return new ReflectionError(`asked ${question} it answered with ${what}`);
}
