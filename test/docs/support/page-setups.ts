/** What the commands of each page take for granted, and what stands in for other machines. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { onTestFinished } from "vitest";
import { unusedPort } from "../../support/closed-port.ts";
import { emptyZitadel, openZitadel, zitadelToken } from "../../support/fake-zitadel.ts";
import { openHook } from "../../support/hook.ts";
import { createDatabase, startPostgres } from "../../support/postgres.ts";
import { shop, shopDescriptorSet } from "../../support/shop.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { openReflecting } from "../../unit/cli/reflecting-server.ts";
import { type PageSetup, startServer, stopServers } from "./run-page.ts";

const newTarget = (variable: string, name: string, endpoint: string) =>
  `${variable}=$(targetd target create --name ${name} --endpoint ${endpoint} --json | node -p 'JSON.parse(fs.readFileSync(0)).id')`;

/** A command that goes on, and has said that it listens; without npx, whose end is not that of the command. */
const inBackground = (command: string, name: string) =>
  `${command} > output/${name}.txt &\nuntil grep listens output/${name}.txt; do sleep 0.2; done`;

const endServer = { "kill -TERM <pid>": stopServers };

/** Instead of another port of the reader's machine. */
const trialPort = async () => ({ "127.0.0.1:9999": `127.0.0.1:${await unusedPort()}` });

/** A server of the shop's API that tells of itself. */
async function openShop(): Promise<string> {
  const [file] = fromBinary(FileDescriptorSetSchema, shopDescriptorSet()).file;
  if (file === undefined) throw new Error("the shop has no file");
  const { url } = await openReflecting({
    services: { [shop]: file.name },
    files: { [file.name]: toBinary(FileDescriptorProtoSchema, file) },
  });
  return url;
}

/** Makes empty databases, on a server that is there for this page. */
async function openPostgres(): Promise<() => Promise<string>> {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  return () => createDatabase(server.url);
}

/**
 * By page; a page that is not here starts with a server on an empty data directory.
 */
export const pageSetups: Readonly<Record<string, () => PageSetup | Promise<PageSetup>>> = {
  "docs/executions.md": async () => {
    const set = join(temporaryFolder(), "shop.binpb");
    writeFileSync(set, shopDescriptorSet());
    return {
      before: [
        startServer,
        newTarget("ID", "orders", "https://hooks.example.com/orders"),
        newTarget("OTHER", "stock", "https://hooks.example.com/stock"),
        `targetd catalog import --source shop --file ${set}`,
      ].join("\n"),
      replace: {
        "<target id>": "$ID",
        "<another target id>": "$OTHER",
        "buf build -o -": `cat ${set}`,
        "https://shop.example.com": await openShop(),
      },
    };
  },
  "docs/how-to/back-up-and-restore.md": async () => ({
    replace: { ...endServer, ...(await trialPort()) },
  }),
  "docs/how-to/give-access.md": () => ({
    replace: {
      "<project id>": "300000000000000001",
      "<organization id>": "300000000000000002",
      "targetd serve": `${stopServers}\ntargetd serve`,
    },
  }),
  "docs/how-to/move-to-postgresql.md": async () => ({
    replace: {
      ...endServer,
      "createdb targetd": "true",
      "postgres://targetd:secret@db.example.com/targetd": await (await openPostgres())(),
    },
  }),
  "docs/how-to/run-behind-a-proxy.md": async () => {
    const tlsPort = await unusedPort();
    return {
      before: "mkdir data",
      replace: {
        "0.0.0.0:8443": `0.0.0.0:${tlsPort}`,
        "127.0.0.1:8443": `127.0.0.1:${tlsPort}`,
        "TARGETD_LISTEN=0.0.0.0:8080": `${stopServers}\nTARGETD_LISTEN=0.0.0.0:\${TARGETD_LISTEN#*:}`,
      },
    };
  },
  "docs/import.md": async () => {
    const zitadel = emptyZitadel();
    zitadel.targets.push({
      id: "1",
      name: "orders",
      endpoint: "https://hooks.example.com/orders",
      timeout: { seconds: 10n },
      targetType: { case: "restCall", value: { interruptOnError: true } },
    });
    const { port } = await openZitadel(zitadel);
    return {
      before: `${startServer}\necho ${zitadelToken} > zitadel.pat`,
      replace: {
        "--reflect https://id.example.com": `--reflect ${await openShop()}`,
        "https://id.example.com": `http://127.0.0.1:${port}`,
      },
    };
  },
  "docs/interceptor.md": async () => {
    const [hook, shopPort] = [await unusedPort(), await unusedPort()];
    return {
      replace: {
        "127.0.0.1:9100": `127.0.0.1:${hook}`,
        "127.0.0.1:9000": `127.0.0.1:${shopPort}`,
        // In a terminal each, says the page.
        'npx --no-install node examples/shop/receiver.ts "$(cat data/shop.key)"': inBackground(
          `node examples/shop/receiver.ts "$(cat data/shop.key)" ${hook}`,
          "receiver",
        ),
        'npx --no-install node examples/connect-service/service.ts http://127.0.0.1:8080 "$(cat data/shop.pat)"':
          inBackground(
            `node examples/connect-service/service.ts http://127.0.0.1:8080 "$(cat data/shop.pat)" ${shopPort}`,
            "shop",
          ),
      },
    };
  },
  "docs/listen.md": async () => ({
    before: [
      startServer,
      "targetd catalog events order.paid",
      `targetd catalog import --source shop --reflect ${await openShop()}`,
      newTarget("ID", "orders", "https://hooks.example.com/orders"),
      `echo whsec_${Buffer.alloc(32, 7).toString("base64")} > orders.key`,
    ].join("\n"),
    replace: {
      "<id>": "$ID",
      "127.0.0.1:4000": `127.0.0.1:${await unusedPort()}`,
      "Shop/Order": "Shop/Buy",
    },
  }),
  "docs/operations.md": async () => {
    const { url } = await openHook();
    return {
      before: [
        startServer,
        "mkdir output/backups output/elsewhere",
        newTarget("ID", "orders", url),
      ].join("\n"),
      replace: {
        ...endServer,
        ...(await trialPort()),
        // As if an upgrade had made a copy.
        "mv data/targetd.db data/newer.db": `${stopServers}
          cp -r output/moved data && cp data/targetd.db data/targetd.db.version-1
          mv data/targetd.db data/newer.db`,
        "<n>": "1",
        "<id>": "$ID",
        "https://new.example.com/hook": url,
        "/backups/": "output/backups/",
        "/another/place/": "output/elsewhere/",
        "/var/lib/targetd": "output/moved",
      },
    };
  },
  "docs/scaling.md": async () => {
    const newDatabase = await openPostgres();
    return {
      before: [
        startServer,
        stopServers,
        "openssl rand -base64 32 > output/key && openssl rand -hex 32 > output/token",
        "openssl rand -base64 32 > output/next-key",
        `echo ${await newDatabase()} > output/url`,
      ].join("\n"),
      replace: {
        "createdb targetd": "true",
        "postgres://targetd:secret@db.example.com/targetd": await newDatabase(),
        "/run/secrets/master-key": "output/key",
        "/run/secrets/first-token": "output/token",
        "/run/secrets/database-url": "output/url",
        "targetd migrate":
          "env --unset=TARGETD_STORE --unset=TARGETD_MASTER_KEY_FILE targetd migrate",
        "old-key": "output/key",
        "new-key": "output/next-key",
      },
    };
  },
};
