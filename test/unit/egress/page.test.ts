/** docs/egress.md is made of the data that the program uses; `npm run gen:docs` writes it. */
import { expect, test } from "vitest";
import {
  addressRanges,
  addressRules,
  embeddingRanges,
} from "../../../src/egress/address-ranges.ts";
import { internalDomains, localNames, metadataNames } from "../../../src/egress/host-names.ts";
import { nonWebPorts } from "../../../src/egress/ports.ts";

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}

const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(", ");

/** One row for each source of a rule. */
const addressRows = Object.entries(addressRules).flatMap(([rule, meaning]) => {
  const ranges = addressRanges.filter(({ verdict }) => verdict === rule);
  if (ranges.length === 0) return [[rule, meaning, "", ""]];
  const sources = Map.groupBy(ranges, ({ source }) => source);
  return [...sources].map(([source, own], index) => [
    ...(index === 0 ? [rule, meaning] : ["", ""]),
    code(own.map(({ network }) => network)),
    source,
  ]);
});

const formRows = embeddingRanges.map(({ network, name, source }) => [
  name,
  code([network]),
  source,
]);

const portList = [...Map.groupBy(nonWebPorts, ([, name]) => name)]
  .map(([name, own]) => `- ${name}: ${own.map(([port]) => port).join(", ")}\n`)
  .join("");

const text = `# What may be called

Targets are called from the server's network, by the wish of whoever may write targets. So only the
public Internet may be called unless the operator says otherwise. This page is made of the tables that
the program uses: \`npm run gen:docs\` writes it, and \`npm test\` fails when it is out of date.

An endpoint is judged twice: when it is saved, without looking up its name, and when it is called,
by the address that is dialled, for every connection. The second is decisive. At the save the host is
taken as the URL Standard reads it, so \`http://2130706433/\`, \`http://0x7f.1/\`, \`http://１２７.0.0.1/\` and
\`http://127%2e1/\` are all 127.0.0.1. A refused endpoint is INVALID_ARGUMENT with the id COMMAND-NcJUKo
(create) or COMMAND-jKbbu2 (update); the text names the rule and the setting that allows it. An
update that leaves the endpoint as it is, is not judged.

## How to allow more

| setting | allows |
| --- | --- |
| \`--dev\` | loopback addresses and the names of this machine; nothing else that is private |
| \`TARGETD_EGRESS_ALLOW=10.0.0.0/8\` | these addresses, on the ports of web servers |
| \`TARGETD_EGRESS_ALLOW=10.0.0.5\` | this address, on the ports of web servers |
| \`TARGETD_EGRESS_ALLOW=receiver:8080\` | this name and port, whatever it resolves to but metadata addresses |
| \`TARGETD_EGRESS_ALLOW=[fd00::5]:8080\` | this address and port, whatever name resolves to it |
| \`TARGETD_EGRESS_ALLOW=acme=10.0.0.5\` | the same for the instance \`acme\` alone; every entry can be so |

Entries are separated by commas.

- **Networks** lift the rules for addresses. They lift neither the rules for names and ports nor that of
  the server's own port.
- **host:port** lifts all of these for that place. \`localhost\` stands for 127.0.0.1 and ::1 as well.
- **Metadata addresses** are allowed only by an entry that is the address itself, with or without a port:
  never by a network around it, nor by a name.
- **\`TARGETD_EGRESS_HTTPS_ONLY\`** holds whatever else is allowed (rule https-only).

## Addresses

The most specific range decides. Public are the IPv4 addresses outside these ranges, and of IPv6 those
of \`2000::/3\`.

${table(["Rule", "What it refuses", "Addresses", "Source or user"], addressRows)}
## IPv4 inside IPv6

These are judged by the IPv4 address inside; where there are two, both must be public. An entry that
allows the address inside allows these too.

${table(["Form", "Addresses", "Source"], formRows)}
ISATAP (RFC 5214) puts an IPv4 address behind \`0:5efe\` or \`200:5efe\` in the second half of any address;
both the address and what is inside must be public. \`64:ff9b:1::/48\` (rule local-translation) is refused
as a whole: where in it the IPv4 address is, is known to the local translator alone.

## Names

| Rule | Names |
| --- | --- |
| loopback | ${code(localNames)}, and all below \`localhost\` |
| internal-name | ${code(internalDomains)}, and all below them |
| metadata-name | ${code(metadataNames)} |
| invalid-name | what is no host name: empty labels, or other characters than letters, digits, \`-\` and \`_\` |

Other names, also those of one label, are judged by what they resolve to when they are called.

## Ports

The port on which the server itself listens is refused on every address that leads to it (rule
own-listener). So are ports that belong to other protocols (rule port):

${portList}`;

test("docs/egress.md shows the tables that the program uses", async () => {
  await expect(text).toMatchFileSnapshot("../../../docs/egress.md");
});
