import { once } from "node:events";
import { createServer as createHttp1Server } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Type as FieldType,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { loadPackageDefinition, Server, ServerCredentials } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { expect, onTestFinished, test } from "vitest";
import * as v1 from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { readDescriptorSet } from "../../../src/catalog/descriptor-set.ts";
import { reflectedSet } from "../../../src/cli/catalog/reflect.ts";
import { CliError } from "../../../src/cli/cli-error.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { createReflection } from "../../../src/server/reflection.ts";
import { newAuthority } from "../../support/certificate.ts";
import { openRpcPort } from "../../support/rpc.ts";
import { openReflecting, type Told } from "./reflecting-server.ts";

/** Asks a server; what the server of targetd would make of the answer. */
async function reflected(url: string, headers: Record<string, string> = {}) {
  const warnings: string[] = [];
  const set = await reflectedSet(url, headers, { err: (text) => void warnings.push(text) });
  const { services } = readDescriptorSet(set);
  const files = fromBinary(FileDescriptorSetSchema, set).file.map(({ name }) => name);
  return { services: services.map(({ typeName }) => typeName), files, warnings };
}

/** Asks a server that cannot be asked. */
async function refusal(url: string, headers: Record<string, string> = {}): Promise<CliError> {
  const thrown = await reflected(url, headers).catch((error: unknown) => error);
  if (!(thrown instanceof CliError)) throw thrown;
  return thrown;
}

const file = (proto: MessageInitShape<typeof FileDescriptorProtoSchema>): Uint8Array =>
  toBinary(FileDescriptorProtoSchema, create(FileDescriptorProtoSchema, proto));

const method = (inputType: string, outputType: string) => ({ name: "Do", inputType, outputType });

/** A service in one file, its messages in another, which needs a well-known one. */
const shop: Told = {
  services: { "shop.v1.Shop": "shop.proto", "grpc.health.v1.Health": "none.proto" },
  files: {
    "shop.proto": file({
      name: "shop.proto",
      package: "shop.v1",
      dependency: ["types.proto"],
      service: [{ name: "Shop", method: [method(".shop.v1.In", ".shop.v1.In")] }],
      sourceCodeInfo: { location: [{ leadingComments: "a comment" }] },
    }),
    "types.proto": file({
      name: "types.proto",
      package: "shop.v1",
      dependency: ["google/protobuf/timestamp.proto"],
      messageType: [
        {
          name: "In",
          field: [
            {
              name: "at",
              number: 1,
              type: FieldType.MESSAGE,
              typeName: ".google.protobuf.Timestamp",
            },
          ],
        },
      ],
    }),
  },
};

const shopFiles = ["google/protobuf/timestamp.proto", "types.proto", "shop.proto"];

test.each([
  ["v1", v1.ServerReflection],
  ["v1alpha", v1alpha.ServerReflection],
])("a server with reflection %s tells its services, imports first", async (_, version) => {
  const { url, authorizations } = await openReflecting(shop, version);
  const headers = { authorization: "Bearer of-the-shop" };
  const { services, files, warnings } = await reflected(url, headers);
  expect([services, files, warnings]).toEqual([["shop.v1.Shop"], shopFiles, []]);
  expect(new Set(authorizations)).toEqual(new Set(["Bearer of-the-shop"]));
});

test("targetd tells all of its own", async () => {
  const reflection = createReflection([ActionService, v1.ServerReflection]);
  const { url } = await openRpcPort((router) => {
    router.service(v1.ServerReflection, reflection.v1);
  });
  const { services, files } = await reflected(url);
  expect(services).toEqual([ActionService.typeName]);
  expect(files).toContain("zitadel/action/v2/target.proto");
});

test("a server of @grpc/grpc-js with @grpc/reflection is completed", async () => {
  const folder = join(import.meta.dirname, "../../support/proto/shop");
  const definition = loadSync("shop.proto", { includeDirs: [folder] });
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  new ReflectionService(definition).addToServer(server);
  const { Shop } = Object(loadPackageDefinition(definition).shop).v1;
  server.addService(Shop.service, { order: () => undefined, watch: () => undefined });
  const credentials = ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  expect((await reflected(`http://127.0.0.1:${port}`)).services).toEqual(["shop.v1.Shop"]);
});

const inScope = (typeName: string) => ({
  name: "Outer",
  field: [{ name: "f", number: 1, type: FieldType.MESSAGE, typeName }],
  nestedType: [{ name: "Near" }],
});

test.each(["Near", "Outer.Near", "shop.Outer.Near", ".a.shop.Outer.Near", "Far", "a.Far", "b.Far"])(
  "the type %s is found from where it stands",
  async (typeName) => {
    const { url } = await openReflecting({
      services: { "a.shop.S": "s.proto" },
      files: {
        "s.proto": file({
          name: "s.proto",
          package: "a.shop",
          dependency: ["far.proto", "b.proto"],
          messageType: [inScope(typeName)],
          service: [{ name: "S", method: [method("Outer", "Outer.Near")] }],
        }),
        "far.proto": file({ name: "far.proto", package: "a", messageType: [{ name: "Far" }] }),
        "b.proto": file({ name: "b.proto", package: "b", messageType: [{ name: "Far" }] }),
      },
    });
    expect((await reflected(url)).services).toEqual(["a.shop.S"]);
  },
);

test("TLS is spoken with a certificate of a trusted authority", async () => {
  const authority = newAuthority();
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, authority.cert]);
  onTestFinished(() => setDefaultCACertificates(before));
  const reflection = createReflection([ActionService]);
  const handler = connectNodeAdapter({
    routes: (router) => void router.service(v1.ServerReflection, reflection.v1),
  });
  const server = createSecureServer(authority.issue("localhost"), handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  expect((await reflected(url)).services).toEqual([ActionService.typeName]);
  const wrong = await refusal(url.replace("https", "http"));
  expect([wrong.exitCode, wrong.hint]).toEqual([
    exitCodes.failure,
    expect.stringMatching(/https:/),
  ]);
});

const circle = (name: string, other: string) => file({ name, dependency: [other] });

test.each<[string, Told]>([
  [
    "does not have a file",
    { ...shop, files: { "shop.proto": shop.files["shop.proto"] ?? new Uint8Array() } },
  ],
  ["has no file for a service", { services: { "a.S": "a.proto" }, files: {} }],
  [
    "sends another file than the one it was asked for",
    {
      services: { S: "a.proto" },
      files: {
        "a.proto": file({ name: "a.proto", dependency: ["b.proto"] }),
        "b.proto": file({ name: "c.proto" }),
      },
    },
  ],
  [
    "has files that import each other",
    {
      services: { S: "a.proto" },
      files: { "a.proto": circle("a.proto", "b.proto"), "b.proto": circle("b.proto", "a.proto") },
    },
  ],
  [
    "sends what is no file",
    { services: { S: "a.proto" }, files: { "a.proto": new TextEncoder().encode("none") } },
  ],
  [
    "sends a file with something wrong inside",
    { services: { S: "a.proto" }, files: { "a.proto": Uint8Array.of(0x0a, 1, 97, 0x22, 1, 0x0a) } },
  ],
  [
    "has more types than the server takes",
    {
      services: { S: "a.proto" },
      files: { "a.proto": new Uint8Array(700_000).map((_, i) => (i % 2 ? 0 : 0x22)) },
    },
  ],
])("a server that %s is an error that names it", async (_, told) => {
  const { url } = await openReflecting(told);
  expect(await refusal(url)).toMatchObject({
    exitCode: exitCodes.failure,
    message: expect.stringContaining(url),
  });
});

test("a server without reflection is an error with another way", async () => {
  const { url } = await openRpcPort(() => undefined);
  const { exitCode, hint } = await refusal(url);
  expect([exitCode, hint]).toEqual([exitCodes.failure, expect.stringContaining("--file")]);
});

test("a server without services has nothing to import", async () => {
  const { url } = await openReflecting({ services: { "grpc.health.v1.Health": "a" }, files: {} });
  expect((await refusal(url)).exitCode).toBe(exitCodes.rejected);
});

test("a server that wants credentials is told apart", async () => {
  const { url } = await openRpcPort((router) => {
    router.service(v1.ServerReflection, {
      // biome-ignore lint/correctness/useYield: the error comes first
      async *serverReflectionInfo() {
        throw new ConnectError("who are you?", 16);
      },
    });
  });
  const { exitCode, hint } = await refusal(url);
  expect([exitCode, hint]).toEqual([exitCodes.denied, expect.stringContaining("--header")]);
});

test("a server that speaks no gRPC is an error", async () => {
  const server = createHttp1Server((_, response) => void response.end("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { hint } = await refusal(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(hint).toContain("gRPC");
});

test("a server that is not there is unavailable, and nothing speaks of targetd", async () => {
  // Port 9 is discard, which nothing on a machine of today listens on.
  const { exitCode, message, hint } = await refusal("http://127.0.0.1:9");
  expect(exitCode).toBe(exitCodes.unavailable);
  expect(message + hint).not.toContain("targetd");
});

test.each([
  ["127.0.0.1:9", {}],
  ["ftp://127.0.0.1:9", {}],
  ["http://127.0.0.1:9", { "a b": "s3cr3t" }],
  ["http://127.0.0.1:9", { authorization: "s3cr3t\u{1}" }],
])("%s with the headers %j is wrong usage, and values stay secret", async (url, headers) => {
  const { exitCode, message } = await refusal(url, headers);
  expect(exitCode).toBe(exitCodes.usage);
  expect(message).not.toContain("s3cr3t");
});

test("headers over cleartext to another machine are warned of", async () => {
  const warnings: string[] = [];
  const io = { err: (text: string) => void warnings.push(text) };
  // Nobody has the names below .invalid (RFC 6761).
  const asked = reflectedSet("http://shop.invalid", { authorization: "s3cr3t" }, io);
  await expect(asked).rejects.toMatchObject({ exitCode: exitCodes.unavailable });
  expect(warnings).toEqual([expect.stringContaining("http://shop.invalid")]);
  expect(warnings.join()).not.toContain("s3cr3t");
});
