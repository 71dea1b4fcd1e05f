import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { declarations, generatedFiles } from "../../support/descriptor-shape.ts";
import { runTool, temporaryFolder } from "../../support/tool.ts";

const modules = join(import.meta.dirname, "../../../node_modules");

/** What the proto files of an npm package declare. */
async function shipped(folder: string): Promise<Map<string, unknown>> {
  const copy = temporaryFolder();
  const image = join(temporaryFolder(), "image.binpb");
  cpSync(join(modules, folder), copy, { recursive: true });
  await runTool("buf", ["build", copy, "-o", image]);
  const set = fromBinary(FileDescriptorSetSchema, readFileSync(image));
  return declarations([...createFileRegistry(set).files]);
}

test("grpc.health.v1 is the published one, without the later method List", async () => {
  const theirs = await shipped("grpc-health-check/proto");
  for (const name of ["Health/List", "HealthListRequest", "HealthListResponse"]) {
    expect(theirs.delete(`grpc.health.v1.${name}`)).toBe(true);
  }
  expect(declarations(await generatedFiles("grpc/health"))).toEqual(theirs);
});

test("grpc.reflection.v1 and v1alpha are the published ones", async () => {
  const theirs = await shipped("@grpc/reflection/build/proto/grpc");
  expect(declarations(await generatedFiles("grpc/reflection"))).toEqual(theirs);
});
