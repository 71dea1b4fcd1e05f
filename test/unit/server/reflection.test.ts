import {
  create,
  type DescService,
  fromBinary,
  hasExtension,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MethodOptionsSchema,
} from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { beforeEach, describe, expect, test } from "vitest";
import { http } from "../../../gen/google/api/annotations_pb.ts";
import { Health } from "../../../gen/grpc/health/v1/health_pb.ts";
import * as v1 from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { access } from "../../../gen/targetd/v1/options_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { createReflection } from "../../../src/server/reflection.ts";
import { grpcJsMethod, openGrpcJs, openRpcPort } from "../../support/rpc.ts";

type Question = v1.ServerReflectionRequest["messageRequest"];

const services = [ActionService, Health, v1.ServerReflection, v1alpha.ServerReflection];

let port: number;
let ask: (...questions: Question[]) => Promise<v1.ServerReflectionResponse[]>;

beforeEach(async () => {
  const reflection = createReflection(services);
  const opened = await openRpcPort((router) => {
    router.service(v1.ServerReflection, reflection.v1);
    router.service(v1alpha.ServerReflection, reflection.v1alpha);
  });
  port = opened.port;
  const client = createClient(v1.ServerReflection, createGrpcTransport({ baseUrl: opened.url }));
  ask = (...questions) => {
    const requests = questions.map((messageRequest) =>
      create(v1.ServerReflectionRequestSchema, { host: "h", messageRequest }),
    );
    async function* stream() {
      yield* requests;
    }
    return collect(client.serverReflectionInfo(stream()));
  };
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

function filesOf(answer: v1.ServerReflectionResponse | undefined): FileDescriptorProto[] {
  if (answer?.messageResponse.case !== "fileDescriptorResponse") return [];
  return answer.messageResponse.value.fileDescriptorProto.map((bytes) =>
    fromBinary(FileDescriptorProtoSchema, bytes),
  );
}

const namesOf = (answer: v1.ServerReflectionResponse | undefined) =>
  filesOf(answer).map((file) => file.name);

const symbol = (value: string): Question => ({ case: "fileContainingSymbol", value });
const byName = (value: string): Question => ({ case: "fileByFilename", value });
const extension = (containingType: string, extensionNumber: number): Question => ({
  case: "fileContainingExtension",
  value: create(v1.ExtensionRequestSchema, { containingType, extensionNumber }),
});

test("lists the services by name", async () => {
  const [answer] = await ask({ case: "listServices", value: "*" });
  expect(answer?.messageResponse.value).toMatchObject({
    service: services
      .map(({ typeName }) => ({ name: typeName }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  });
});

test("echoes host and request", async () => {
  const [answer] = await ask(symbol("grpc.health.v1.Health"));
  expect(answer?.validHost).toBe("h");
  expect(answer?.originalRequest?.messageRequest).toEqual(symbol("grpc.health.v1.Health"));
});

test.each([
  ["service", "grpc.health.v1.Health", "grpc/health/v1/health.proto"],
  ["method", "grpc.health.v1.Health.Check", "grpc/health/v1/health.proto"],
  ["message", "grpc.health.v1.HealthCheckRequest", "grpc/health/v1/health.proto"],
  ["field", "grpc.health.v1.HealthCheckRequest.service", "grpc/health/v1/health.proto"],
  ["oneof", "zitadel.action.v2.Target.target_type", "zitadel/action/v2/target.proto"],
  [
    "nested enum",
    "grpc.health.v1.HealthCheckResponse.ServingStatus",
    "grpc/health/v1/health.proto",
  ],
  [
    "nested enum value",
    "grpc.health.v1.HealthCheckResponse.SERVING",
    "grpc/health/v1/health.proto",
  ],
  ["enum", "zitadel.action.v2.PayloadType", "zitadel/action/v2/target.proto"],
  ["enum value", "zitadel.action.v2.PAYLOAD_TYPE_JWT", "zitadel/action/v2/target.proto"],
  ["extension", "targetd.v1.access", "targetd/v1/options.proto"],
  [
    "nested message",
    "google.protobuf.DescriptorProto.ExtensionRange",
    "google/protobuf/descriptor.proto",
  ],
])("finds the file of a %s", async (_kind, name, file) => {
  const [answer] = await ask(symbol(name));
  expect(namesOf(answer)[0]).toBe(file);
});

test("finds files by name and by extension", async () => {
  const [named, extended] = await ask(
    byName("google/protobuf/duration.proto"),
    extension("google.protobuf.MethodOptions", 50001),
  );
  expect(namesOf(named)).toEqual(["google/protobuf/duration.proto"]);
  expect(namesOf(extended)[0]).toBe("targetd/v1/options.proto");
});

test("lists the extensions of a message in ascending order", async () => {
  const [many, none] = await ask(
    { case: "allExtensionNumbersOfType", value: "google.protobuf.MethodOptions" },
    { case: "allExtensionNumbersOfType", value: "grpc.health.v1.HealthCheckRequest" },
  );
  expect(many?.messageResponse.value).toMatchObject({
    baseTypeName: "google.protobuf.MethodOptions",
    extensionNumber: [50001, 50003, 72295728],
  });
  expect(none?.messageResponse.value).toMatchObject({ extensionNumber: [] });
});

test.each<[string, Question, Code]>([
  ["file", byName("a.proto"), Code.NotFound],
  ["symbol", symbol("a.B"), Code.NotFound],
  ["symbol written with a leading dot", symbol(".grpc.health.v1.Health"), Code.NotFound],
  ["name from the prototype of objects", symbol("constructor"), Code.NotFound],
  ["extension number", extension("google.protobuf.MethodOptions", 1), Code.NotFound],
  ["extended message", extension("a.B", 1), Code.NotFound],
  ["message", { case: "allExtensionNumbersOfType", value: "a.B" }, Code.NotFound],
  ["question", { case: undefined }, Code.InvalidArgument],
])("answers an unknown %s with an error and goes on", async (_kind, question, errorCode) => {
  const [unknown, known] = await ask(question, symbol("grpc.health.v1.Health"));
  expect(unknown?.messageResponse).toMatchObject({ case: "errorResponse", value: { errorCode } });
  expect(known?.messageResponse.case).toBe("fileDescriptorResponse");
});

describe("the files of one stream", () => {
  test("come with all their imports, each once", async () => {
    const [answer] = await ask(symbol("zitadel.action.v2.ActionService"));
    const files = filesOf(answer);
    const names = files.map(({ name }) => name);
    expect(names[0]).toBe("zitadel/action/v2/action_service.proto");
    expect(new Set(names).size).toBe(names.length);
    for (const dependency of files.flatMap((file) => file.dependency)) {
      expect(names).toContain(dependency);
    }
    expect(names).toContain("google/protobuf/descriptor.proto");
  });

  test("are not sent again as imports, but always when asked for", async () => {
    const [first, second, third] = await ask(
      symbol("zitadel.action.v2.ActionService"),
      symbol("zitadel.action.v2.UpdateTargetRequest"),
      symbol("grpc.health.v1.Health"),
    );
    expect(namesOf(first)).toContain("zitadel/action/v2/target_messages.proto");
    expect(namesOf(second)).toEqual(["zitadel/action/v2/target_messages.proto"]);
    expect(namesOf(third)).toEqual(["grpc/health/v1/health.proto"]);
  });

  test("keep the options of methods", async () => {
    const [answer] = await ask(symbol("zitadel.action.v2.ActionService"));
    const options = filesOf(answer)[0]?.service[0]?.method.map((method) => method.options) ?? [];
    expect(options.length).toBe(15);
    for (const option of options) {
      const decoded = fromBinary(
        MethodOptionsSchema,
        toBinary(MethodOptionsSchema, create(MethodOptionsSchema, option)),
      );
      expect(hasExtension(decoded, http)).toBe(true);
      expect(hasExtension(decoded, access)).toBe(true);
    }
  });
});

test("answers grpc-js in both versions alike", async () => {
  const client = openGrpcJs(port);
  const call = async (service: DescService) => {
    const [method] = service.methods;
    if (method === undefined) throw new Error("no method");
    const stream = client.makeBidiStreamRequest(...grpcJsMethod(method));
    for (const messageRequest of [symbol("grpc.health.v1.Health"), symbol("a.B")]) {
      stream.write(create(method.input, { host: "h", messageRequest } as Record<string, unknown>));
    }
    stream.end();
    return (await collect(stream)).map((answer) => toJson(method.output, answer));
  };
  const answers = await call(v1.ServerReflection);
  expect(answers.length).toBe(2);
  expect(await call(v1alpha.ServerReflection)).toEqual(answers);
});
