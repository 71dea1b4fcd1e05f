/** Calls the target now and tells what came back. */

import { useState } from "preact/hooks";
import type { TestTargetResponse, Timings } from "../../../../gen/targetd/v1/target_service_pb.ts";
import { api } from "../../api/clients.ts";
import { nanosecondsOf } from "../../api/duration.ts";
import { sentence } from "../../api/problem.ts";
import { Badge } from "../../components/badge.tsx";
import { Button } from "../../components/button.tsx";
import { Card } from "../../components/page.tsx";
import { ProblemNote } from "../../components/states.tsx";
import { Copyable, type Fact, Facts } from "../../components/value.tsx";
import { useAction } from "../../hooks/use-action.ts";

export function TestCall({ targetId }: { readonly targetId: string }) {
  const [result, setResult] = useState<TestTargetResponse>();
  const test = useAction(async () => setResult(await api.targets.testTarget({ targetId })));
  return (
    <Card
      title="Test call"
      actions={
        <Button small busy={test.busy} onClick={() => void test.run()}>
          Send a test call
        </Button>
      }
    >
      <div aria-live="polite">
        {test.problem && <ProblemNote problem={test.problem} />}
        {!test.problem && result && <Result result={result} />}
        {!test.problem && !result && (
          <p class="muted">
            Sends a signed payload to the endpoint, also while the target is disabled, and shows the
            answer.
          </p>
        )}
      </div>
    </Card>
  );
}

function Result({ result }: { readonly result: TestTargetResponse }) {
  return (
    <div class="stack">
      <p class="row">
        {result.succeeded ? (
          <Badge tone="success">Succeeded</Badge>
        ) : (
          <Badge tone="danger">Failed{result.stage && `: ${result.stage}`}</Badge>
        )}
        {result.error && sentence(result.error)}
      </p>
      <Facts facts={factsOf(result)} />
      <Answer result={result} />
    </div>
  );
}

function factsOf({ httpStatus, address, timings, webhookId }: TestTargetResponse): Fact[] {
  return [
    { name: "HTTP status", value: httpStatus === 0 ? "No answer" : String(httpStatus) },
    { name: "Connected to", value: address || "No connection" },
    { name: "Time", value: timings ? timingsText(timings) : "–" },
    { name: "webhook-id", value: <Copyable text={webhookId} what="webhook-id" /> },
  ];
}

const parts = [
  ["dns", "DNS"],
  ["connect", "connect"],
  ["tls", "TLS"],
  ["firstByte", "first byte"],
] as const;

/** What did not happen is left out. */
function timingsText(timings: Timings): string {
  const happened = parts.flatMap(([part, name]) =>
    timings[part] === undefined ? [] : [`${name} ${roundedText(timings, part)}`],
  );
  const total = roundedText(timings, "total");
  return happened.length === 0 ? total : `${total} (${happened.join(", ")})`;
}

function roundedText(timings: Timings, part: (typeof parts)[number][0] | "total"): string {
  const milliseconds = Number(nanosecondsOf(timings[part])) / 1e6;
  return `${milliseconds.toLocaleString("en", { maximumFractionDigits: 2 })} ms`;
}

function Answer({ result }: { readonly result: TestTargetResponse }) {
  const headers = Object.entries(result.headers).sort();
  const body = new TextDecoder().decode(result.body);
  return (
    <>
      {headers.length > 0 && (
        <details>
          <summary>Headers of the answer</summary>
          <pre>{headers.map(([name, value]) => `${name}: ${value}`).join("\n")}</pre>
        </details>
      )}
      {body !== "" && (
        <details open>
          <summary>Body of the answer{result.bodyTruncated && ", its beginning"}</summary>
          <pre>{body}</pre>
        </details>
      )}
    </>
  );
}
