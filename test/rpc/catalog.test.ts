/** CatalogService, and the lists of the action API that tell what it holds. */
import { create, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { file_zitadel_action_v2_action_service as actionFile } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { descriptorSet, protoFile, serviceFile } from "../support/descriptor-sets.ts";
import { callerOf, comes, denied, iamDoors, invalid } from "./support/iam.ts";
import { useServer } from "./support/server.ts";
import { newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer();
const shop = descriptorSet(serviceFile("shop.v1", { Shop: ["Buy", "stream Watch"], Ark: ["Go"] }));
const set = (service: string) => descriptorSet(serviceFile("x", { [service]: ["Go"] }));

/** The sources besides the built-in one, each with its services. */
async function sourcesOf({ catalog }: Tenant): Promise<Record<string, readonly string[]>> {
  const { sources } = await catalog.getCatalog({});
  const imported = sources.filter(({ name }) => name !== "builtin");
  return Object.fromEntries(imported.map(({ name, services }) => [name, services]));
}

const methodsOf = async ({ targets }: Tenant) => (await targets.listExecutionMethods({})).methods;

describe.each(iamDoors)("over %s", (door) => {
  test("an import adds unary methods and services to the lists", async () => {
    const tenant = await newTenant(server, door);
    const { targets, catalog } = tenant;
    const before = await targets.listExecutionServices({});
    expect(before.services).toContain("zitadel.action.v2.ActionService");
    const { source } = await catalog.importDescriptorSet({ source: "shop", descriptorSet: shop });
    expect(source).toMatchObject({ services: ["shop.v1.Ark", "shop.v1.Shop"], methodCount: 2 });
    const { services } = await targets.listExecutionServices({});
    expect(services).toEqual(["shop.v1.Ark", "shop.v1.Shop", ...before.services]);
    const methods = await methodsOf(tenant);
    expect(methods.slice(0, 2)).toEqual(["/shop.v1.Ark/Go", "/shop.v1.Shop/Buy"]);
    expect(methods).not.toContain("/shop.v1.Shop/Watch");
    const { sources } = await catalog.getCatalog({});
    expect(sources.map(({ name }) => name)).toEqual(["builtin", "shop"]);
    expect(sources.map(({ importDate }) => importDate)).toEqual([undefined, source?.importDate]);
  });

  test("an import takes the place of the one before; an empty one removes the source", async () => {
    const tenant = await newTenant(server, door);
    const put = (descriptorSet: Uint8Array) =>
      tenant.catalog.importDescriptorSet({ source: "a", descriptorSet });
    const first = await put(set("One"));
    expect((await put(set("One"))).source?.importDate).toEqual(first.source?.importDate);
    await put(set("Two"));
    expect(await sourcesOf(tenant)).toEqual({ a: ["x.Two"] });
    const removed = await put(new Uint8Array());
    expect(removed.source).toMatchObject({ name: "a", services: [], methodCount: 0 });
    expect(removed.source?.importDate).toBeUndefined();
    expect(await sourcesOf(tenant)).toEqual({});
  });

  test("validate_only checks everything and writes nothing", async () => {
    const tenant = await newTenant(server, door);
    const dry = { source: "a", validateOnly: true };
    const { source } = await tenant.catalog.importDescriptorSet({ ...dry, descriptorSet: shop });
    expect(source?.services).toHaveLength(2);
    expect(await sourcesOf(tenant)).toEqual({});
    await tenant.catalog.importDescriptorSet({ source: "b", descriptorSet: set("One") });
    const taken = tenant.catalog.importDescriptorSet({ ...dry, descriptorSet: set("One") });
    expect(await comes(taken)).toBe("ALREADY_EXISTS TARGETD-SERVICE-TAKEN");
  });

  test("event types and functions are replaced as a whole, sorted and once each", async () => {
    const { catalog, targets } = await newTenant(server, door);
    const eventTypes = ["user.b", "user.a", "user.b", "target.added"];
    const sorted = ["target.added", "user.a", "user.b"];
    expect((await catalog.setEventTypes({ eventTypes })).eventTypes).toEqual(sorted);
    expect((await catalog.setFunctions({ functions: ["z", "a"] })).functions).toEqual(["a", "z"]);
    const all = await catalog.getCatalog({});
    expect(all.eventTypes.slice(-2)).toEqual(["user.a", "user.b"]);
    expect(all.eventTypes.filter((type) => type === "target.added")).toHaveLength(1);
    const { functions } = await targets.listExecutionFunctions({});
    expect(functions).toEqual(["a", "preaccesstoken", "presamlresponse", "preuserinfo", "z"]);
    expect(all.functions).toEqual(functions);
    await catalog.setFunctions({});
    expect((await targets.listExecutionFunctions({})).functions).toHaveLength(3);
  });

  test.each([
    ["no name", { source: "" }, invalid("source")],
    ["a name too long", { source: "x".repeat(101) }, invalid("source")],
    ["a name with white space", { source: "a b" }, invalid("source")],
    ["the name of the server's own API", { source: "builtin" }, invalid("source")],
    ["no set", { descriptorSet: Buffer.from("hello") }, invalid("descriptor_set")],
    [
      "a set without its imports",
      { descriptorSet: descriptorSet(protoFile("a.proto", { dependency: ["b.proto"] })) },
      invalid("descriptor_set"),
    ],
    [
      "a service whose package is none",
      { descriptorSet: descriptorSet(serviceFile("a/b", { C: ["Go"] })) },
      invalid("descriptor_set"),
    ],
  ])("an import with %s is refused", async (_, change, short) => {
    const { catalog } = await newTenant(server, door);
    const request = { source: "a", descriptorSet: shop, ...change };
    expect(await comes(catalog.importDescriptorSet(request))).toBe(short);
  });

  test("names of event types and functions have a form", async () => {
    const { catalog } = await newTenant(server, door);
    const bad = ["a", "", "a..b", ".a", "a.", "a b", "a.*", "a/b", "ä", "x".repeat(201)];
    const indexes = [1, 9, 2, 3, 4, 5, 6, 7, 8];
    expect(await comes(catalog.setEventTypes({ eventTypes: bad }))).toBe(
      invalid(...indexes.map((index) => `event_types[${index}]`)),
    );
    const functions = ["a", "a b", "a/b", "__proto__", "a.b-c_d"];
    expect(await comes(catalog.setFunctions({ functions }))).toBe(
      invalid("functions[1]", "functions[2]"),
    );
    const many = Array.from({ length: 10_001 }, (_, index) => `t${index}`);
    expect(await comes(catalog.setEventTypes({ eventTypes: many }))).toBe(invalid("event_types"));
    expect(await comes(catalog.setEventTypes({ eventTypes: many.slice(1) }))).toBe("OK");
    expect(await comes(catalog.setFunctions({ functions: many.slice(0, 1001) }))).toBe(
      invalid("functions"),
    );
  });
});

test("a service belongs to one source, whoever comes first", async () => {
  const tenant = await newTenant(server);
  const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
  const short = await Promise.all(
    names.map((source) =>
      comes(tenant.catalog.importDescriptorSet({ source, descriptorSet: set("One") })),
    ),
  );
  const taken = "ALREADY_EXISTS TARGETD-SERVICE-TAKEN";
  expect(short.toSorted()).toEqual([...Array(7).fill(taken), "OK"]);
  expect(Object.values(await sourcesOf(tenant))).toEqual([["x.One"]]);
});

test("imports of different services do not get in each other's way", async () => {
  const tenant = await newTenant(server);
  const names = Array.from({ length: 8 }, (_, index) => `S${index}`);
  const imports = names.map((name) =>
    tenant.catalog.importDescriptorSet({ source: name, descriptorSet: set(name) }),
  );
  await Promise.all(imports);
  expect(Object.keys(await sourcesOf(tenant))).toEqual(names);
});

test("our own services in a set are left out, and the others of it imported", async () => {
  const tenant = await newTenant(server);
  const files = [...filesOf(actionFile)];
  const bytes = toBinary(
    FileDescriptorSetSchema,
    create(FileDescriptorSetSchema, { file: [...files, serviceFile("x", { Other: ["Go"] })] }),
  );
  const before = await methodsOf(tenant);
  const { source } = await tenant.catalog.importDescriptorSet({
    source: "z",
    descriptorSet: bytes,
  });
  expect(source?.services).toEqual(["x.Other"]);
  expect(await methodsOf(tenant)).toEqual(["/x.Other/Go", ...before]);
});

/** A file with all that it imports, those first. */
function filesOf({ proto, dependencies }: typeof actionFile): Set<typeof proto> {
  const files = new Set(dependencies.flatMap((file) => [...filesOf(file)]));
  return files.add(proto);
}

test("the 17th source is one too many", async () => {
  const { catalog } = await newTenant(server);
  for (let index = 0; index < 16; index++) {
    const request = { source: `s${index}`, descriptorSet: set(`S${index}`) };
    expect(await comes(catalog.importDescriptorSet(request))).toBe("OK");
  }
  const more = { source: "more", descriptorSet: set("More") };
  const tooLarge = "FAILED_PRECONDITION TARGETD-CATALOG-TOO-LARGE";
  expect(await comes(catalog.importDescriptorSet(more))).toBe(tooLarge);
  expect(await comes(catalog.importDescriptorSet({ ...more, source: "s3" }))).toBe("OK");
});

test("so many types that they take long to read are too many, in one set and in all", async () => {
  const { catalog } = await newTenant(server);
  const types = (pkg: string, count: number) => {
    const messageType = Array.from({ length: count }, (_, index) => ({ name: `T${index}` }));
    return descriptorSet(protoFile(`${pkg}.proto`, { package: pkg, messageType }));
  };
  const put = (source: string, count: number) =>
    comes(catalog.importDescriptorSet({ source, descriptorSet: types(source, count) }));
  expect(await put("a", 150_000)).toBe(invalid("descriptor_set"));
  for (const source of ["a", "b", "c", "d"]) expect(await put(source, 70_000)).toBe("OK");
  expect(await put("e", 70_000)).toBe("FAILED_PRECONDITION TARGETD-CATALOG-TOO-LARGE");
  expect(await put("d", 1)).toBe("OK");
});

test("what one instance imports no other sees", async () => {
  const [one, other] = [await newTenant(server), await newTenant(server)];
  await one.catalog.importDescriptorSet({ source: "shop", descriptorSet: shop });
  await one.catalog.setFunctions({ functions: ["price"] });
  expect(await sourcesOf(other)).toEqual({});
  expect(await methodsOf(other)).not.toContain("/shop.v1.Shop/Buy");
  const { functions } = await other.targets.listExecutionFunctions({});
  expect(functions).not.toContain("price");
});

test("whoever is known may read, and only those with the permission may write", async () => {
  const tenant = await newTenant(server);
  const token = await tenant.tokenOf(["EXECUTION_CALLER"]);
  const { catalog } = callerOf(server.app.url, token);
  expect(await comes(catalog.getCatalog({}))).toBe("OK");
  expect(await comes(catalog.importDescriptorSet({}))).toBe(denied);
  expect(await comes(catalog.setEventTypes({ eventTypes: ["a b"] }))).toBe(denied);
  expect(await comes(catalog.setFunctions({}))).toBe(denied);
  const writer = callerOf(server.app.url, await tenant.tokenOf([], ["action.catalog.write"]));
  expect(await comes(writer.catalog.setFunctions({ functions: ["a"] }))).toBe("OK");
});

test("conditions may name what is in the catalogue, and lists stay when that shrinks", async () => {
  const tenant = await newTenant(server);
  const { id } = await tenant.target("https://example.com/hook");
  const condition = { request: { method: "/shop.v1.Shop/Buy" } };
  const bind = async (targets: string[]) =>
    (await tenant.call("SetExecution", { condition, targets })).code;
  expect(await bind([id])).toBe("NOT_FOUND");
  await tenant.catalog.importDescriptorSet({ source: "shop", descriptorSet: shop });
  expect(await bind([id])).toBe("OK");
  await tenant.catalog.importDescriptorSet({ source: "shop" });
  expect((await tenant.must("ListExecutions", {})).executions).toMatchObject([{ condition }]);
  expect(await bind([id])).toBe("NOT_FOUND");
  expect(await bind([])).toBe("OK");
  expect(await bind([])).toBe("OK");
});
