/** The commands of the pages that no test runs, and why. docs/README.md shows this list. */

export interface NotRun {
  readonly page: string;
  /** How the block begins. */
  readonly begins: string;
  readonly because: string;
}

const noEngine = "needs a container engine";
const noCluster = "needs a Kubernetes cluster";
const noSystemd = "needs root and systemd";
const installs = "would install anew what the tests run on";
const inPackageTest = "is run by test/e2e/package.test.ts, which builds, packs and installs";

const listed: Readonly<Record<string, readonly (readonly [begins: string, because: string])[]>> = {
  "README.md": [["npm ci && npm start", installs]],
  "CONTRIBUTING.md": [["npm ci", installs]],
  "docs/deploy.md": [
    ["podman build", noEngine],
    ["docker compose --file deploy/compose.yaml up --build --detach\n", noEngine],
    ["docker compose --file deploy/compose.yaml up --build --detach replica", noEngine],
    ["kubectl create secret generic targetd --from-file=master-key", noCluster],
    ["kubectl create secret generic targetd \\", noCluster],
    ["install -d /opt/targetd", noSystemd],
    ["systemctl stop targetd", noSystemd],
  ],
  "docs/openapi.md": [["npx openapi-typescript", "would download a program from the registry"]],
  "docs/releasing.md": [
    ["npm run build\nnpm pack", inPackageTest],
    ["npm install ./targetd", inPackageTest],
    ["npm ci", "publishes"],
  ],
};

export const notRun: readonly NotRun[] = Object.entries(listed).flatMap(([page, blocks]) =>
  blocks.map(([begins, because]) => ({ page, begins, because })),
);
