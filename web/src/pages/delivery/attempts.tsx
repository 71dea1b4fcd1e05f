/**
 * The log of a delivery, the latest attempt first and open. The server counts anew after a replay; here all
 * are counted on.
 */
import type { DeliveryAttempt } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { Badge } from "../../components/badge.tsx";
import { CodeBlock } from "../../components/code-block.tsx";
import { Time } from "../../components/time.tsx";
import { Facts } from "../../components/value.tsx";
import { bodyText } from "./body-text.ts";
import { durationText, totalOf } from "./spans.ts";
import { Waterfall } from "./waterfall.tsx";

export function Attempts({ log }: { readonly log: readonly DeliveryAttempt[] }) {
  const longest = Math.max(...log.map(totalOf));
  return (
    <div class="attempts">
      {log.toReversed().map((attempt, index) => (
        <details key={log.length - index} class="attempt" open={index === 0}>
          <summary>
            <strong>Attempt {log.length - index}</strong> <Outcome attempt={attempt} />{" "}
            <span class="muted">
              {durationText(totalOf(attempt))}, <Time at={attempt.startDate} />
            </span>
          </summary>
          <AttemptDetails attempt={attempt} number={log.length - index} longest={longest} />
        </details>
      ))}
    </div>
  );
}

function Outcome({ attempt }: { readonly attempt: DeliveryAttempt }) {
  const { stage, httpStatus, timedOut } = attempt;
  const status = httpStatus === 0 ? "" : String(httpStatus);
  if (stage === "") return <Badge tone="success">{status || "succeeded"}</Badge>;
  const place = timedOut ? `${stage}, timed out` : stage;
  return <Badge tone="danger">{stage === "status" ? status : `failed: ${place}`}</Badge>;
}

interface AttemptDetailsProps {
  readonly attempt: DeliveryAttempt;
  /** 1 for the first. */
  readonly number: number;
  /** Time of the longest attempt, in milliseconds: all are drawn to the same scale. */
  readonly longest: number;
}

function AttemptDetails({ attempt, number, longest }: AttemptDetailsProps) {
  const { stage, error, address, requestHeaders, responseHeaders, responseBody } = attempt;
  return (
    <div class="stack attempt-details">
      <Facts
        facts={[
          ...(stage === "" ? [] : [{ name: "Error", value: error }]),
          ...(stage === "" ? [] : [{ name: "Stage", value: <code>{stage}</code> }]),
          { name: "Address", value: address === "" ? "none was dialled" : <code>{address}</code> },
        ]}
      />
      <Waterfall attempt={attempt} number={number} longest={longest} />
      <Headers title="Request headers" headers={requestHeaders} />
      <Headers title="Answer headers" headers={responseHeaders} />
      {responseBody.length > 0 && (
        <section>
          <h3>Answer body, as far as it was kept</h3>
          <CodeBlock label={`Answer body of attempt ${number}`} text={bodyText(responseBody)} />
        </section>
      )}
    </div>
  );
}

interface HeadersProps {
  readonly title: string;
  readonly headers: Readonly<Record<string, string>>;
}

function Headers({ title, headers }: HeadersProps) {
  const entries = Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  const facts = entries.map(([name, value]) => ({ name, value: <code>{value}</code> }));
  return (
    <details>
      <summary>
        {title} <span class="muted">({entries.length})</span>
      </summary>
      <Facts facts={facts} />
    </details>
  );
}
