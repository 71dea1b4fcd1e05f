/** The API as its proto files describe it, with their comments. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, type DescService, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { type MethodTable, methodTable } from "../../src/rpc/method-table.ts";
import { runTool } from "../checks/tool.ts";
import { type CommentOf, readComments } from "./comments.ts";

export interface Api {
  /** Services that need a credential, those of ZITADEL first. */
  readonly services: readonly DescService[];
  readonly methods: MethodTable;
  readonly commentOf: CommentOf;
}

/**
 * Builds proto/ with buf.
 *
 * @param root folder of the repository
 * @throws CheckFailure when buf cannot build it
 */
export async function readApi(root: string): Promise<Api> {
  const folder = await mkdtemp(join(tmpdir(), "targetd-api-"));
  try {
    const image = join(folder, "image.binpb");
    await runTool(root, "buf", ["build", "proto", "-o", image]);
    return apiOf(await readFile(image));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param image a google.protobuf.FileDescriptorSet with source info */
function apiOf(image: Uint8Array): Api {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));
  const all = [...registry].filter((type) => type.kind === "service");
  const methods = methodTable(all, []);
  const services = all
    .filter(({ typeName }) => hasCallers(typeName, methods))
    .sort((a, b) => order(a.typeName, b.typeName));
  return { services, methods, commentOf: readComments(registry.files) };
}

/** Health and reflection are for tools that know their protocol. */
function hasCallers(service: string, methods: MethodTable): boolean {
  const own = [...methods.values()].filter(({ method }) => method.parent.typeName === service);
  return own.some(({ access }) => access.case !== "public");
}

function order(a: string, b: string): number {
  const [foreignA, foreignB] = [a, b].map((name) => (name.startsWith("zitadel.") ? 0 : 1));
  return (foreignA ?? 0) - (foreignB ?? 0) || (a < b ? -1 : 1);
}
