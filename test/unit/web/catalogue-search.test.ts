import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { CatalogSourceSchema } from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { search } from "../../../web/src/pages/catalogue/search.ts";

const known = {
  sources: [
    create(CatalogSourceSchema, { name: "shop", services: ["shop.v1.Cart", "shop.v1.Shop"] }),
    create(CatalogSourceSchema, { name: "mail", services: ["mail.v1.Mail"] }),
  ],
  methods: ["/shop.v1.Cart/Add", "/shop.v1.Shop/Buy", "/shop.v1.Shop/Sell", "/mail.v1.Mail/Send"],
  eventTypes: ["shop.bought", "user.added"],
  functions: ["prelogin"],
};

function found(text: string) {
  const { sources, eventTypes, functions } = search(known, text);
  const services = sources.flatMap((each) => each.services);
  return {
    sources: sources.map(({ source }) => source.name),
    services: services.map(({ name, methods }) => [name, methods.length]),
    others: [...eventTypes, ...functions],
  };
}

test("without a text everything is found", () => {
  expect(found("")).toEqual({
    sources: ["shop", "mail"],
    services: [
      ["shop.v1.Cart", 1],
      ["shop.v1.Shop", 2],
      ["mail.v1.Mail", 1],
    ],
    others: ["shop.bought", "user.added", "prelogin"],
  });
});

test("a method is found in its service, whatever the case", () => {
  expect(found(" bUY")).toEqual({
    sources: ["shop"],
    services: [["shop.v1.Shop", 1]],
    others: [],
  });
});

test("a service that is found brings all its methods", () => {
  expect(found("v1.shop").services).toEqual([["shop.v1.Shop", 2]]);
  expect(found("nothing")).toEqual({ sources: [], services: [], others: [] });
});
