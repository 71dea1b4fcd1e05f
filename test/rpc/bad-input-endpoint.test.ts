import { expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { restUpdate, twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const httpsOnly = useServer({ TARGETD_EGRESS_HTTPS_ONLY: "true" });

const long = (length: number) => "https://example.com/".padEnd(length, "x");

test.each([
  "http://example.com",
  "HTTPS://EXAMPLE.com/Path?q=1&q=%20",
  "https://bücher.example/straße",
  "https://例え.テスト/パス",
  "https://xn--bcher-kva.example",
  "http://8.8.8.8:8080/",
  "http://[2606:4700::1111]:65535/hook",
  "https://example.com:2",
  "https://example.com/a/../b//c",
  "https://example.com/?user:pass@host",
  long(2048),
])("the endpoint %s is stored as given", async (endpoint) => {
  for (const door of twoDoors) {
    const id = await server.create();
    expect(shortly(await server.call("UpdateTarget", { id, endpoint }, door))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ endpoint });
  }
});

test.each([
  "",
  "/hook",
  "example.com/hook",
  "//example.com",
  "https:example.com",
  "https:///hook",
  "https://",
  "ftp://example.com",
  "javascript:alert(1)",
  "file:///etc/passwd",
  "https://user:pass@example.com",
  "https://user@example.com",
  "https://@example.com",
  "https://example.com/#part",
  "https://example.com#",
  "https://example.com:0",
  "https://example.com:65536",
  "https://example.com:x",
  "https://example.com\\@evil.example",
  "https:\\\\example.com",
  " https://example.com",
  "https://example.com/ ",
  "https://exam\tple.com",
  "https://example.com/\n",
  "https://example.com/\u2003",
  "https://example.com/\0",
  "https://exa%mple.com",
  "https://[::1",
  "https://256.1.1.1",
  long(2049),
])("the endpoint %j is INVALID_ARGUMENT", async (endpoint) => {
  const id = await server.create();
  for (const door of twoDoors) {
    const update = () => server.call("UpdateTarget", { id, endpoint }, door);
    expect(await server.unchanged(id, update)).toBe("INVALID_ARGUMENT COMMAND-jsbaera7b6 endpoint");
    const create = await server.call("CreateTarget", { ...anyTarget, name: "n", endpoint }, door);
    expect(shortly(create)).toBe("INVALID_ARGUMENT COMMAND-1r2k6qo6wg endpoint");
  }
});

test("an endpoint that policy denies has an id of its own", async () => {
  const id = await httpsOnly.create();
  const endpoint = "http://example.com";
  for (const door of twoDoors) {
    const update = () => httpsOnly.call("UpdateTarget", { id, endpoint }, door);
    expect(await httpsOnly.unchanged(id, update)).toBe("INVALID_ARGUMENT COMMAND-jKbbu2 endpoint");
    const request = { ...anyTarget, name: "denied", endpoint };
    const create = await httpsOnly.call("CreateTarget", request, door);
    expect(shortly(create)).toBe("INVALID_ARGUMENT COMMAND-NcJUKo endpoint");
  }
});

test.each([
  ["0.000000001s", "0.000000001s"],
  ["1s", "1s"],
  ["0.1s", "0.100s"],
  ["269.999999999s", "269.999999999s"],
  ["270s", "270s"],
])("the timeout %s is accepted", async (timeout, readBack) => {
  for (const door of twoDoors) {
    const id = await server.create();
    expect(shortly(await server.call("UpdateTarget", { id, timeout }, door))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ timeout: readBack });
  }
});

test.each(["0s", "-1s", "-0.000000001s", "270.000000001s", "271s", "315576000000s"])(
  "the timeout %s is INVALID_ARGUMENT",
  async (timeout) => {
    const id = await server.create();
    for (const door of twoDoors) {
      const update = () => server.call("UpdateTarget", { id, timeout }, door);
      expect(await server.unchanged(id, update)).toBe(
        "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout",
      );
      const create = await server.call("CreateTarget", { ...anyTarget, name: "n", timeout }, door);
      expect(shortly(create)).toBe("INVALID_ARGUMENT COMMAND-39f35d8uri timeout");
    }
  },
);

test.each(['"10"', "10", '"10S"', '"1m"', '"1.0000000001s"', '"1e1s"', '" 1s"', '"s"', "{}", '""'])(
  "the JSON timeout %s cannot be read",
  async (timeout) => {
    const id = await server.create();
    const call = () => server.rest(restUpdate(id, `{"timeout":${timeout}}`));
    expect(await server.unchanged(id, call)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED timeout");
  },
);
