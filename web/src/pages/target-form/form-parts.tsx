/** The parts of the form of a target. */
import type { ComponentChildren } from "preact";
import { Checkbox, RadioGroup } from "../../components/choice.tsx";
import { TextField } from "../../components/field.tsx";
import type { FormProblems, TargetForm } from "../../targets/form.ts";
import { kindTexts, payloadTexts } from "../../targets/texts.ts";
import { HeaderRows } from "./header-rows.tsx";

export interface PartProps {
  readonly form: TargetForm;
  readonly problems: FormProblems;
  readonly onChange: (change: Partial<TargetForm>) => void;
}

interface PartFrameProps {
  readonly title: string;
  readonly intro?: ComponentChildren;
  readonly children: ComponentChildren;
}

function Part({ title, intro, children }: PartFrameProps) {
  return (
    <section class="card form-part">
      <header>
        <h2>{title}</h2>
        {intro && <p class="field-hint">{intro}</p>}
      </header>
      <div class="form">{children}</div>
    </section>
  );
}

const kinds = [
  { value: "webhook", text: kindTexts.webhook, hint: "Waits for the status of the answer." },
  { value: "call", text: kindTexts.call, hint: "The answer may replace the request or response." },
  { value: "async", text: kindTexts.async, hint: "Delivered later, with retries. Nobody waits." },
] as const;

export function CallPart({ form, problems, onChange }: PartProps) {
  return (
    <Part title="Call">
      <TextField
        label="Name"
        value={form.name}
        error={problems.get("name")}
        hint="Unique in the instance, whatever its case."
        onInput={(name) => onChange({ name })}
      />
      <TextField
        label="Endpoint"
        mono
        type="url"
        spellcheck={false}
        placeholder="https://receiver.example.com/hook"
        value={form.endpoint}
        error={problems.get("endpoint")}
        hint="http or https, without credentials and fragment."
        onInput={(endpoint) => onChange({ endpoint })}
      />
      <RadioGroup
        legend="Type"
        value={form.kind}
        choices={kinds}
        error={problems.get("kind")}
        onChange={(kind) => onChange({ kind })}
      />
      {form.kind !== "async" && (
        <Checkbox
          label="Interrupt on error"
          hint="A failed call ends the list of targets and fails the caller. Otherwise it is recorded and passed over."
          checked={form.interrupt}
          onChange={(interrupt) => onChange({ interrupt })}
        />
      )}
      <TextField
        label="Timeout"
        value={form.timeout}
        error={problems.get("timeout")}
        hint="Of one call, connecting and reading the answer included: 10s, 500ms or 1m30s; at most 270s."
        onInput={(timeout) => onChange({ timeout })}
      />
    </Part>
  );
}

const payloads = [
  { value: "json", text: payloadTexts.json, hint: "Signed in its headers." },
  { value: "jwt", text: payloadTexts.jwt, hint: "Signed by the instance; the keys are public." },
  { value: "jwe", text: payloadTexts.jwe, hint: "Encrypted for the active public key." },
] as const;

export function PayloadPart({ form, problems, onChange }: PartProps) {
  return (
    <Part title="Payload" intro="Every call is signed in its headers, whatever its payload.">
      <RadioGroup
        legend="Payload type"
        value={form.payload}
        choices={payloads}
        error={problems.get("payload")}
        onChange={(payload) => onChange({ payload })}
      />
    </Part>
  );
}

export function HeadersPart({ form, problems, onChange }: PartProps) {
  return (
    <Part
      title="Extra headers"
      intro="Sent with every call, such as credentials. Values are stored sealed and never shown again."
    >
      <HeaderRows
        rows={form.headers}
        error={problems.get("headers")}
        onChange={(headers) => onChange({ headers })}
      />
    </Part>
  );
}

export function DeliveryPart({ form, problems, onChange }: PartProps) {
  return (
    <Part title="Deliveries" intro="Of events and of targets of the type Async.">
      <Checkbox
        label="Keep the order"
        hint="Deliveries that share an aggregate go one after the other; a failing one holds up those behind it."
        checked={form.ordered}
        onChange={(ordered) => onChange({ ordered })}
      />
      <Checkbox
        label="Own retries and limits"
        hint="Otherwise after 5s, 5m, 30m, 2h, 5h, 10h and 10h, with the default limits."
        checked={form.ownPolicy}
        onChange={(ownPolicy) => onChange({ ownPolicy })}
      />
      {form.ownPolicy && <PolicyFields form={form} problems={problems} onChange={onChange} />}
    </Part>
  );
}

function PolicyFields({ form, problems, onChange }: PartProps) {
  return (
    <div class="form inset">
      <TextField
        label="Wait before each retry"
        optional
        placeholder="5s, 5m, 30m, 2h, 5h, 10h, 10h"
        value={form.retryDelays}
        error={problems.get("retryDelays")}
        hint="With commas between; at most 20, each at most 24h. Empty means the default ones."
        onInput={(retryDelays) => onChange({ retryDelays })}
      />
      <TextField
        label="Calls at the same time"
        optional
        inputMode="numeric"
        value={form.maxConcurrency}
        error={problems.get("maxConcurrency")}
        hint="1 to 1000. Empty means the default."
        onInput={(maxConcurrency) => onChange({ maxConcurrency })}
      />
      <TextField
        label="Calls per second"
        optional
        inputMode="numeric"
        value={form.maxPerSecond}
        error={problems.get("maxPerSecond")}
        hint="1 to 100000. Empty means no limit."
        onInput={(maxPerSecond) => onChange({ maxPerSecond })}
      />
      <Checkbox
        label="Give up at once on 4xx answers"
        hint="408, 425 and 429 are retried all the same."
        checked={form.clientErrorsFinal}
        onChange={(clientErrorsFinal) => onChange({ clientErrorsFinal })}
      />
    </div>
  );
}

export function StatePart({ form, problems, onChange, isNew }: PartProps & StateProps) {
  return (
    <Part title="State">
      <Checkbox
        label="Enabled"
        hint="Calling a disabled target is an error of that target; it is not skipped."
        checked={form.enabled}
        onChange={(enabled) => onChange({ enabled })}
      />
      {isNew && (
        <TextField
          label="Delete it after"
          optional
          placeholder="1h"
          value={form.ttl}
          error={problems.get("ttl")}
          hint="For a target that is needed for a while only: 1s to 30d. Empty means that it stays."
          onInput={(ttl) => onChange({ ttl })}
        />
      )}
    </Part>
  );
}

interface StateProps {
  readonly isNew: boolean;
}
