import { expect, test } from "vitest";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { compileCatalog, ownServices, unaryMethods } from "../../../src/catalog/catalog.ts";
import { readDescriptorSet } from "../../../src/catalog/descriptor-set.ts";
import { micros } from "../../../src/domain/units.ts";
import { descriptorSet, serviceFile } from "../../support/descriptor-sets.ts";

/** A catalogue of these sources, each with its set. */
function catalogOf(sets: Readonly<Record<string, Uint8Array>>) {
  const read = Object.entries(sets).map(([name, bytes]) => ({
    name,
    set: readDescriptorSet(bytes),
  }));
  const sources = read.map(({ name, set }) => ({
    name,
    descriptorSet: set.bytes,
    importedAt: micros(7),
  }));
  const record = { version: 4, sources, eventTypes: ["b", "a.b"], functions: ["z"] };
  return compileCatalog(
    record,
    read.map(({ set }) => set),
  );
}

const shop = descriptorSet(serviceFile("shop.v1", { Shop: ["Buy", "stream Watch"], Ark: ["Go"] }));

test("lists are sorted and hold what is built in", () => {
  const catalog = catalogOf({ shop });
  const { services, methods, functions, eventTypes, version } = catalog;
  expect(version).toBe(4);
  expect(services).toEqual([
    ...["shop.v1.Ark", "shop.v1.Shop"],
    ...["zitadel.action.v2.ActionService", "zitadel.action.v2beta.ActionService"],
  ]);
  expect(methods.slice(0, 2)).toEqual(["/shop.v1.Ark/Go", "/shop.v1.Shop/Buy"]);
  expect(methods).toContain("/zitadel.action.v2.ActionService/SetExecution");
  expect(functions).toEqual(["preaccesstoken", "presamlresponse", "preuserinfo", "z"]);
  expect(eventTypes.slice(0, 3)).toEqual(["a.b", "b", "execution.removed"]);
  for (const list of [services, methods, functions, eventTypes]) {
    expect(list).toEqual([...list].sort());
  }
});

test("streams are left out", () => {
  const catalog = catalogOf({ shop });
  expect(catalog.findMethod("/shop.v1.Shop/Watch")).toBeUndefined();
  const found = catalog.findMethod("/shop.v1.Shop/Buy");
  expect(found?.method.input.typeName).toBe("shop.v1.Empty");
  expect(found?.registry.getMessage("shop.v1.Empty")).toBe(found?.method.input);
  expect(catalog.hasService("shop.v1.Shop")).toBe(true);
});

test("parts tell where services come from, ours first", () => {
  const { parts } = catalogOf({ a: descriptorSet(serviceFile("a", { A: [] })), shop });
  expect(parts.map(({ name, services }) => [name, services.map((each) => each.typeName)])).toEqual([
    ["builtin", ["zitadel.action.v2.ActionService", "zitadel.action.v2beta.ActionService"]],
    ["a", ["a.A"]],
    ["shop", ["shop.v1.Ark", "shop.v1.Shop"]],
  ]);
  expect(parts.map(({ importedAt }) => importedAt)).toEqual([undefined, 7, 7]);
  expect(parts.map(({ entries }) => entries > 0)).toEqual([false, true, true]);
});

test("our own services stay ours, whatever a set says of them", () => {
  const forged = descriptorSet(
    serviceFile("zitadel.action.v2", { ActionService: ["CreateTarget", "Forged"], Other: ["Go"] }),
  );
  const catalog = catalogOf({ forged });
  expect(catalog.findMethod("/zitadel.action.v2.ActionService/Forged")).toBeUndefined();
  const { method } = catalog.findMethod("/zitadel.action.v2.ActionService/CreateTarget") ?? {};
  expect(method).toBe(ActionService.method.createTarget);
  expect(ownServices(readDescriptorSet(forged)).map(({ typeName }) => typeName)).toEqual([
    "zitadel.action.v2.Other",
  ]);
});

test("of two sources with one service the first by name has it", () => {
  const first = descriptorSet(serviceFile("shop.v1", { Shop: ["First"] }));
  const { methods, parts } = catalogOf({ a: first, shop });
  expect(methods).toContain("/shop.v1.Shop/First");
  expect(methods).not.toContain("/shop.v1.Shop/Buy");
  expect(parts.at(2)?.services.map(({ typeName }) => typeName)).toEqual(["shop.v1.Ark"]);
});

test("only unary methods of our own API are conditionable", () => {
  expect(unaryMethods(ActionService)).toHaveLength(15);
});
