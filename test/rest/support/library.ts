/** Descriptors of test/support/proto/rest/library.proto, compiled by buf. */
import { execFileSync } from "node:child_process";
import {
  createFileRegistry,
  type DescMessage,
  type DescService,
  fromBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { MethodEntry } from "../../../src/rpc/method-table.ts";
import { methodTable } from "../../../src/rpc/method-table.ts";
import { compileRoutes, type Route } from "../../../src/server/rest/routes.ts";

const googleApi = "node_modules/google-proto-files/google/api";
const config = {
  version: "v2",
  modules: [
    { path: "proto" },
    { path: "test/support/proto" },
    {
      path: "node_modules/google-proto-files",
      includes: [googleApi],
      excludes: [
        "apikeys",
        "cloudquotas",
        "servicecontrol",
        "servicemanagement",
        "serviceusage",
      ].map((name) => `${googleApi}/${name}`),
    },
  ],
};

const image = execFileSync(
  "node_modules/.bin/buf",
  [
    ...["build", ".", "--config", JSON.stringify(config)],
    ...["--path", "test/support/proto/rest", "-o", "-#format=binpb"],
  ],
  { maxBuffer: 16 * 1024 * 1024 },
);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, image));

function found<T>(desc: T | undefined): T {
  if (desc === undefined) throw new Error("library.proto has no such declaration");
  return desc;
}

export const library: DescService = found(registry.getService("rest.test.Library"));
export const everything: DescMessage = found(registry.getMessage("rest.test.Everything"));

/** The method table of services without handlers. */
export function entriesOf(...services: DescService[]): ReadonlyMap<string, MethodEntry> {
  return methodTable(services, []);
}

/** The route that serves a request, with the segments of its path. */
export function routeOf(
  service: DescService,
  verb: string,
  path: string,
): { readonly route: Route; readonly segments: readonly string[] } {
  const result = compileRoutes(entriesOf(service), (route) => route).find(verb, path);
  if (result.kind !== "found") throw new Error(`no route for ${verb} ${path}`);
  return result;
}
