import { expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { restUpdate, twoDoors, useServer } from "./support/server.ts";

const server = useServer();

const accepted = [
  ["1 character", "n"],
  ["1000 characters", "n".repeat(1000)],
  ["1000 emoji", "🎯".repeat(1000)],
  ["spaces around", "  a  "],
  ["right-to-left letters", "שלום"],
  ["a combining mark", "e\u0301tat"],
  ["markup", "<b>'\";--</b>"],
] as const;

test.each(accepted)("a name with %s is stored as given", async (_, name) => {
  for (const door of twoDoors) {
    const id = await server.create();
    expect(shortly(await server.call("UpdateTarget", { id, name }, door))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ name });
    await server.call("DeleteTarget", { id });
    const created = await server.call("CreateTarget", { ...anyTarget, name }, door);
    expect(await server.get(String(created.message.id))).toMatchObject({ name });
    await server.call("DeleteTarget", { id: String(created.message.id) });
  }
});

test.each([
  ["nothing", ""],
  ["1001 characters", "n".repeat(1001)],
  ["1001 emoji", "🎯".repeat(1001)],
  ["only spaces", "   "],
  ["only other white space", "\u00a0\u2003"],
  ["a NUL", "a\0b"],
  ["a line break", "a\nb"],
  ["a delete character", "a\u007f"],
  ["a C1 control character", "a\u0085"],
])("a name with %s is INVALID_ARGUMENT", async (_, name) => {
  const id = await server.create();
  for (const door of twoDoors) {
    const update = () => server.call("UpdateTarget", { id, name }, door);
    expect(await server.unchanged(id, update)).toBe("INVALID_ARGUMENT COMMAND-d1wx4lm0zr name");
    const create = await server.call("CreateTarget", { ...anyTarget, name }, door);
    expect(shortly(create)).toBe("INVALID_ARGUMENT COMMAND-ddqbm9us5p name");
  }
});

test.each(["\\ud83c", "\\udfaf", "\\udfaf\\ud83c", "a\\ud83cb"])(
  "a lone surrogate such as %s cannot be read",
  async (name) => {
    const id = await server.create();
    const call = () => server.rest(restUpdate(id, `{"name":"${name}"}`));
    expect(await server.unchanged(id, call)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
  },
);

test("a pair of surrogates is one character", async () => {
  const id = await server.create();
  await server.rest(restUpdate(id, '{"name":"\\ud83c\\udfaf pair"}'));
  expect(await server.get(id)).toMatchObject({ name: "🎯 pair" });
});

test("a name that another target has is taken, whatever its case and composition", async () => {
  await server.create({ name: "Caf\u00e9" });
  const id = await server.create({ name: "other" });
  for (const door of twoDoors) {
    for (const name of ["Caf\u00e9", "CAF\u00c9", "cafe\u0301"]) {
      const update = () => server.call("UpdateTarget", { id, name }, door);
      expect(await server.unchanged(id, update)).toBe("ALREADY_EXISTS V3-DKcYh");
      const create = await server.call("CreateTarget", { ...anyTarget, name }, door);
      expect(shortly(create)).toBe("ALREADY_EXISTS V3-DKcYh");
    }
  }
  const rest = await server.rest(restUpdate(id, '{"name":"caf\u00c9"}'));
  expect(rest.status).toBe(409);
});

test("a target may take its own name in another case", async () => {
  const id = await server.create({ name: "Mine" });
  for (const [index, door] of twoDoors.entries()) {
    const name = ["MINE", "mine"][index] ?? "";
    expect(shortly(await server.call("UpdateTarget", { id, name }, door))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ name });
  }
});
