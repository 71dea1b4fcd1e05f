import { expect, test } from "vitest";
import { matchRoute } from "../../../web/src/router/match.ts";

const routes = [
  { path: "/ui/" },
  { path: "/ui/targets" },
  { path: "/ui/targets/new" },
  { path: "/ui/targets/:id" },
] as const;

test.each([
  ["/ui/", "/ui/", {}],
  ["/ui/targets", "/ui/targets", {}],
  ["/ui/targets/", "/ui/targets", {}],
  ["/ui/targets/new", "/ui/targets/new", {}],
  ["/ui/targets/a%2Fb%20c", "/ui/targets/:id", { id: "a/b c" }],
  ["/ui/targets/100%25", "/ui/targets/:id", { id: "100%" }],
  ["/ui/targets/%E0%A4", "/ui/targets/:id", { id: "%E0%A4" }],
] as const)("%s is %s", (path, route, params) => {
  expect(matchRoute(routes, path)).toEqual({ route: { path: route }, params });
});

test.each(["/ui", "/", "/ui/target", "/ui/targets/a/b", "/ui//targets"])(
  "%s is nothing",
  (path) => {
    expect(matchRoute(routes, path)).toBeUndefined();
  },
);
