/** grpc.reflection v1 and v1alpha, which differ in nothing but their package. */
import type { DescFile, DescService } from "@bufbuild/protobuf";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import type * as v1 from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import type * as v1alpha from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { addWithImports, createDescriptorIndex, type DescriptorIndex } from "./descriptor-index.ts";

/** Both versions of the service over the same descriptors. */
export interface Reflection {
  readonly v1: ServiceImpl<typeof v1.ServerReflection>;
  readonly v1alpha: ServiceImpl<typeof v1alpha.ServerReflection>;
}

/** @param services what list_services names; their files and all imports can be asked for */
export function createReflection(services: readonly DescService[]): Reflection {
  const index = createDescriptorIndex(services.map((service) => service.file));
  const names = services.map((service) => service.typeName).sort();
  const answer = (request: Question, sent: Set<DescFile>) => answerOne(index, names, request, sent);
  return {
    v1: { serverReflectionInfo: (requests) => answerAll(requests, answer) },
    v1alpha: { serverReflectionInfo: (requests) => answerAll(requests, answer) },
  };
}

type Request = v1.ServerReflectionRequest | v1alpha.ServerReflectionRequest;
type Question = Request["messageRequest"];

/** The fields of a message_response that fit both versions. */
type Answer =
  | {
      readonly case: "fileDescriptorResponse";
      readonly value: { readonly fileDescriptorProto: Uint8Array[] };
    }
  | {
      readonly case: "allExtensionNumbersResponse";
      readonly value: { readonly baseTypeName: string; readonly extensionNumber: number[] };
    }
  | {
      readonly case: "listServicesResponse";
      readonly value: { readonly service: { readonly name: string }[] };
    }
  | {
      readonly case: "errorResponse";
      readonly value: { readonly errorCode: Code; readonly errorMessage: string };
    };

async function* answerAll<R extends Request>(
  requests: AsyncIterable<R>,
  answer: (question: Question, sent: Set<DescFile>) => Answer,
) {
  const sent = new Set<DescFile>();
  for await (const request of requests) {
    yield {
      validHost: request.host,
      originalRequest: request,
      messageResponse: answer(request.messageRequest, sent),
    };
  }
}

function answerOne(
  index: DescriptorIndex,
  services: readonly string[],
  question: Question,
  sent: Set<DescFile>,
): Answer {
  switch (question.case) {
    case "fileByFilename":
      return fileAnswer(index, index.file(question.value), question.value, sent);
    case "fileContainingSymbol":
      return fileAnswer(index, index.fileOfSymbol(question.value), question.value, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = question.value;
      const file = index.fileOfExtension(containingType, extensionNumber);
      return fileAnswer(index, file, `${containingType} extension ${extensionNumber}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const numbers = index.extensionNumbers(question.value);
      if (numbers === undefined) return notFound(question.value);
      return {
        case: "allExtensionNumbersResponse",
        value: { baseTypeName: question.value, extensionNumber: [...numbers] },
      };
    }
    case "listServices":
      return {
        case: "listServicesResponse",
        value: { service: services.map((name) => ({ name })) },
      };
    default:
      return errorAnswer(Code.InvalidArgument, "the request asks for nothing");
  }
}

/**
 * The file that was asked for comes first and always; of its imports, direct or not, those that
 * this stream has not sent yet, so that a client never waits for a round trip per import.
 */
function fileAnswer(
  index: DescriptorIndex,
  file: DescFile | undefined,
  asked: string,
  sent: Set<DescFile>,
): Answer {
  if (file === undefined) return notFound(asked);
  const files = new Map<string, DescFile>();
  addWithImports(files, file);
  const fresh = [...files.values()].filter((each) => each === file || !sent.has(each));
  for (const each of fresh) sent.add(each);
  return {
    case: "fileDescriptorResponse",
    value: { fileDescriptorProto: fresh.map((each) => index.bytes(each)) },
  };
}

function notFound(asked: string): Answer {
  return errorAnswer(Code.NotFound, `not found: ${asked}`);
}

function errorAnswer(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
