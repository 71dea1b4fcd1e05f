import { describe, expect, test } from "vitest";
import { createLog, type LogOptions } from "../../../src/telemetry/log.ts";

function logInto(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: "info", pretty: false, colour: false, destination, ...options });
  return { log, lines };
}

describe("createLog", () => {
  test("writes one JSON object per line with level name, time and message", () => {
    const { log, lines } = logInto();
    log.info({ port: 8080 }, "listening");
    const line = JSON.parse(lines[0] ?? "");
    expect(line).toMatchObject({ level: "info", msg: "listening", port: 8080 });
    expect(new Date(line.time).toISOString()).toBe(line.time);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
  });

  test("leaves out what is below its level", () => {
    const { log, lines } = logInto({ level: "warn" });
    log.info("quiet");
    log.warn("heard");
    expect(lines).toHaveLength(1);
  });

  test("writes lines for people when asked to", () => {
    const { log, lines } = logInto({ pretty: true });
    log.info({ port: 8080 }, "listening");
    expect(lines[0]).toContain("INFO");
    expect(lines[0]).toContain("listening");
    expect(lines[0]).toContain("8080");
    expect(lines[0]).not.toMatch(/^\{/);
  });

  test.each([
    { authorization: "Bearer s3cr3t" },
    { headers: { authorization: "Bearer s3cr3t" } },
    { request: { headers: { authorization: "s3cr3t", cookie: "s3cr3t", "set-cookie": "s3cr3t" } } },
    { config: { masterKey: "s3cr3t", bootstrapToken: "s3cr3t" } },
    { target: { signingKey: { id: "1", secret: "s3cr3t" }, previousKeys: ["s3cr3t"] } },
    { token: "s3cr3t", "set-cookie": ["s3cr3t"] },
    { answer: { signing_key: "s3cr3t" } },
    { attempts: [{ request: { headers: { Authorization: "s3cr3t" } } }] },
    { a: { b: { c: { d: { e: { token: "s3cr3t" } } } } } },
  ])("hides the secrets of %j", (fields) => {
    for (const pretty of [false, true]) {
      const { log, lines } = logInto({ pretty });
      log.info(fields, "line");
      expect(lines[0]).toContain("[secret]");
      expect(lines[0]).not.toContain("s3cr3t");
    }
  });

  test("hides the secrets of a child log", () => {
    const { log, lines } = logInto();
    log.child({ token: "s3cr3t", method: "GetTarget" }).info("line");
    expect(lines[0]).toContain("GetTarget");
    expect(lines[0]).not.toContain("s3cr3t");
  });

  test("does not change what it is given, and survives circles", () => {
    const { log, lines } = logInto();
    const fields: Record<string, unknown> = { token: "s3cr3t" };
    fields.self = fields;
    log.info({ error: new Error("kept") }, "line");
    log.info({ token: fields.token, self: fields.self }, "line");
    expect(fields.token).toBe("s3cr3t");
    expect(lines.join("")).not.toContain("s3cr3t");
  });
});
