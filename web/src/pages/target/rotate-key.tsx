/** Leads through the rotation of a signing key without a call that the receiver refuses. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { durationForm, parseDuration } from "../../../../src/duration.ts";
import { api } from "../../api/clients.ts";
import { durationOf } from "../../api/duration.ts";
import { Button } from "../../components/button.tsx";
import { RadioGroup } from "../../components/choice.tsx";
import { Actions, Dialog } from "../../components/dialog.tsx";
import { TextField } from "../../components/field.tsx";
import { Note, ProblemNote } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { type Action, useAction } from "../../hooks/use-action.ts";
import { useRequestId } from "../../hooks/use-request-id.ts";
import { NewKey } from "../../targets/new-key.tsx";
import { ReceiverSteps } from "./receiver-steps.tsx";

export interface RotateKeyProps {
  readonly target: Target;
  readonly onRotated: () => void;
  readonly onClose: () => void;
}

type Step = 1 | 2 | 3;

interface Rotated {
  readonly signingKey: string;
  /** When the replaced key ends; undefined where it ended at once. */
  readonly end: Timestamp | undefined;
}

export function RotateKey({ target, onRotated, onClose }: RotateKeyProps) {
  const [step, setStep] = useState<Step>(1);
  const [grace, setGrace] = useState(86_400_000_000_000n);
  const [rotated, setRotated] = useState<Rotated>();
  const requestId = useRequestId();
  const rotate = useAction(async () => {
    const { id, signingKeyId } = target;
    const answer = await api.actions.updateTarget({
      id,
      expirationSigningKey: durationOf(grace),
      requestId: requestId([id, signingKeyId, grace]),
    });
    const replaced = answer.target?.previousSigningKeys.find((key) => key.keyId === signingKeyId);
    setRotated({ signingKey: answer.signingKey ?? "", end: replaced?.expirationDate });
    setStep(3);
  });
  const close = () => {
    onClose();
    if (rotated !== undefined) onRotated();
  };
  return (
    <Dialog title="Rotate the signing key" onClose={close} closable={step !== 3} wide>
      {step === 1 && (
        <GraceStep
          onNext={(chosen) => {
            setGrace(chosen);
            setStep(2);
          }}
          onClose={close}
        />
      )}
      {step === 2 && (
        <ReceiverStep target={target} grace={grace} rotate={rotate} onBack={() => setStep(1)} />
      )}
      {step === 3 && rotated && <NewKeyStep rotated={rotated} onClose={close} />}
    </Dialog>
  );
}

function StepHeading({ step, text }: { readonly step: Step; readonly text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (step > 1) heading.current?.focus();
  }, [step]);
  return (
    <h3 ref={heading} tabIndex={-1}>
      <span class="muted">Step {step} of 3:</span> {text}
    </h3>
  );
}

const gracePeriods = [
  { value: "1h", text: "1 hour", hint: "You change the receiver yourself, now." },
  { value: "24h", text: "1 day", hint: "The receiver is changed with its next release." },
  { value: "7d", text: "7 days", hint: "Others run the receiver." },
  { value: "0", text: "None", hint: "The key is known to somebody else: it ends at once." },
  { value: "other", text: "Another period", hint: "Up to 30 days." },
] as const;

type Grace = (typeof gracePeriods)[number]["value"];

const maxGrace = 30n * 86_400_000_000_000n;

interface GraceStepProps {
  readonly onNext: (grace: bigint) => void;
  readonly onClose: () => void;
}

function GraceStep({ onNext, onClose }: GraceStepProps) {
  const [chosen, setChosen] = useState<Grace>("24h");
  const [other, setOther] = useState("");
  const [error, setError] = useState<string>();
  const next = () => {
    const grace = parseDuration(chosen === "other" ? other.trim() : chosen);
    if (grace === undefined) setError(`Enter ${durationForm}.`);
    else if (grace > maxGrace) setError("At most 30d.");
    else onNext(grace);
  };
  return (
    <>
      <StepHeading step={1} text="how long the old key goes on" />
      <p>
        Until then every call carries a signature by each key, so the receiver may change from one
        to the other whenever it likes.
      </p>
      <RadioGroup
        legend="Grace period"
        value={chosen}
        choices={gracePeriods}
        onChange={setChosen}
      />
      {chosen === "other" && (
        <TextField
          label="Period"
          placeholder="3d"
          value={other}
          error={error}
          hint="For instance 36h or 3d."
          onInput={setOther}
        />
      )}
      {chosen === "0" && (
        <Note kind="warning">
          The receiver refuses every call until it has the new key. Keys that still sign from
          earlier rotations end as well.
        </Note>
      )}
      <Actions>
        <Button kind="primary" onClick={next}>
          Next
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </Actions>
    </>
  );
}

interface ReceiverStepProps {
  readonly target: Target;
  readonly grace: bigint;
  readonly rotate: Action<[], void>;
  readonly onBack: () => void;
}

function ReceiverStep({ target, grace, rotate, onBack }: ReceiverStepProps) {
  return (
    <>
      <StepHeading step={2} text="what the receiver must do" />
      <ReceiverSteps target={target} grace={grace} />
      {rotate.problem && <ProblemNote problem={rotate.problem} />}
      <Actions>
        <Button kind="primary" busy={rotate.busy} onClick={() => void rotate.run()}>
          Rotate now
        </Button>
        <Button onClick={onBack}>Back</Button>
      </Actions>
    </>
  );
}

interface NewKeyStepProps {
  readonly rotated: Rotated;
  readonly onClose: () => void;
}

function NewKeyStep({ rotated: { signingKey, end }, onClose }: NewKeyStepProps) {
  return (
    <>
      <StepHeading step={3} text="the new key" />
      <NewKey signingKey={signingKey} />
      <p>
        {end === undefined ? (
          "Earlier keys have ended."
        ) : (
          <>
            The old key ends <Time at={end} />. When the receiver works with the new key, you may
            revoke the old one before that.
          </>
        )}
      </p>
      <Actions>
        <Button kind="primary" onClick={onClose}>
          I have stored the key
        </Button>
      </Actions>
    </>
  );
}
