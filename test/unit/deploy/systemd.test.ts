import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import packageJson from "../../../package.json" with { type: "json" };
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { configOf, longestStop, readRepository } from "../../support/deploy.ts";
import { temporaryFolder } from "../../support/tool.ts";

const text = readRepository("deploy/systemd/targetd.service");

/** Keys that the unit uses, by section; systemd ignores what it does not know. */
const known: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "Documentation", "Wants", "After", "StartLimitIntervalSec"],
  Service: [
    ...["Type", "ExecStart", "WorkingDirectory", "Environment", "EnvironmentFile"],
    ...["Restart", "RestartSec", "RestartPreventExitStatus", "TimeoutStopSec", "LimitNOFILE"],
    ...["DynamicUser", "StateDirectory", "StateDirectoryMode", "UMask", "AmbientCapabilities"],
    ...["CapabilityBoundingSet", "PrivateUsers", "NoNewPrivileges", "ProtectSystem", "ProtectHome"],
    ...["PrivateTmp", "PrivateDevices", "ProtectClock", "ProtectHostname", "ProtectKernelLogs"],
    ...["ProtectKernelModules", "ProtectKernelTunables", "ProtectControlGroups", "ProtectProc"],
    ...["RemoveIPC", "RestrictAddressFamilies", "RestrictNamespaces", "RestrictRealtime"],
    ...["RestrictSUIDSGID", "LockPersonality", "SystemCallArchitectures", "SystemCallFilter"],
    "SystemCallErrorNumber",
  ],
  Install: ["WantedBy"],
};

function readUnit(): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let section = "";
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("#"))) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    if (name !== undefined) {
      section = name;
      continue;
    }
    const [, key = line, value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    expect([section, known[section]]).toEqual([section, expect.arrayContaining([key])]);
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

const unit = readUnit();
const one = (key: string) => unit.get(key)?.join("\n");

test("it starts the program of package.json, with settings that are known", () => {
  expect(one("ExecStart")).toBe(`/usr/bin/node /opt/targetd/${packageJson.bin.targetd} serve`);
  const pairs = (unit.get("Environment") ?? []).map((pair) => pair.split("=", 2));
  const variables: Record<string, string> = Object.fromEntries(pairs);
  expect(configOf(variables, "/none").warnings).toEqual([]);
  expect(variables.TARGETD_DATA_DIR).toBe(`%S/${one("StateDirectory")}`);
});

test("it goes on trying, but not what cannot become right, and leaves a stop its time", () => {
  expect(one("Restart")).toBe("on-failure");
  expect(one("StartLimitIntervalSec")).toBe("0");
  expect(one("RestartPreventExitStatus")).toBe(`${exitCodes.usage} ${exitCodes.config}`);
  const drain = { TARGETD_DRAIN_DELAY: "10s" };
  const seconds = Number(/^(\d+)s$/.exec(one("TimeoutStopSec") ?? "")?.[1]);
  expect(seconds).toBeGreaterThanOrEqual(longestStop(configOf(drain, "/none")));
});

test("it is confined, without what a compiler at run time cannot bear", () => {
  expect(text).not.toMatch(/^(MemoryDenyWriteExecute|User)=/m);
  for (const key of ["DynamicUser", "NoNewPrivileges", "PrivateDevices", "PrivateTmp"]) {
    expect([key, one(key)]).toEqual([key, "yes"]);
  }
  expect([one("ProtectSystem"), one("CapabilityBoundingSet")]).toEqual(["strict", ""]);
  expect([one("StateDirectoryMode"), one("UMask")]).toEqual(["0700", "0077"]);
});

const systemd = spawnSync("systemd-analyze", ["--version"], { encoding: "utf8" });
const version = Number(/^systemd (\d+)/.exec(systemd.stdout ?? "")?.[1] ?? 0);

/** `security --offline` is there since 250. */
test.runIf(version >= 250)("systemd itself finds nothing to complain of", () => {
  const path = join(temporaryFolder(), "targetd.service");
  // What it starts need not be on this machine.
  writeFileSync(path, text.replace(/^ExecStart=.*$/m, "ExecStart=/bin/true"));
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", path], {
    encoding: "utf8",
  });
  expect([status, stdout + stderr]).toEqual([0, ""]);
  const rating = execFileSync(
    "systemd-analyze",
    ["security", "--offline=true", "--no-pager", path],
    { encoding: "utf8" },
  );
  const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(rating)?.[1]);
  expect(exposure).toBeLessThanOrEqual(2);
});
