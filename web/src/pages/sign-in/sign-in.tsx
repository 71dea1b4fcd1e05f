/** Asks for a token. The page that was asked for is shown afterwards, as the address stays. */
import { Code } from "@connectrpc/connect";
import { useEffect, useState } from "preact/hooks";
import { checkToken } from "../../api/clients.ts";
import type { Problem } from "../../api/problem.ts";
import { Button } from "../../components/button.tsx";
import { Checkbox } from "../../components/choice.tsx";
import { TextField } from "../../components/field.tsx";
import { Note, ProblemNote } from "../../components/states.tsx";
import { useAction } from "../../hooks/use-action.ts";
import { Mark } from "../../layout/mark.tsx";
import { ThemeSwitch } from "../../layout/theme-switch.tsx";
import { signIn, signOutReason } from "../../session/session.ts";
import { tokenProblem } from "../../session/token-text.ts";

export function SignInPage() {
  useEffect(() => {
    document.title = "Sign in · targetd";
  }, []);
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <div class="sign-in-head">
          <Mark />
          <h1 tabIndex={-1}>Sign in to targetd</h1>
          <ThemeSwitch />
        </div>
        {signOutReason.value && <Note kind="warning">{signOutReason.value}</Note>}
        <SignInForm />
      </div>
    </main>
  );
}

function SignInForm() {
  const [text, setText] = useState("");
  const [keep, setKeep] = useState(false);
  const [error, setError] = useState<string>();
  const check = useAction(async (token: string) => {
    await checkToken(token);
    signIn(token, keep);
  });
  const submit = (event: Event) => {
    event.preventDefault();
    const token = text.trim();
    const wrong = tokenProblem(token);
    setError(wrong);
    check.clear();
    if (wrong === undefined) check.run(token);
  };
  const refused = check.problem?.code === Code.Unauthenticated;
  return (
    <form class="form" onSubmit={submit} noValidate>
      <TextField
        label="Access token"
        type="password"
        mono
        autocomplete="off"
        spellcheck={false}
        autoFocus
        value={text}
        onInput={setText}
        error={error ?? (refused ? unknownToken : undefined)}
        hint={
          <>
            The first one is in <code>admin.pat</code> in the data directory of the server.{" "}
            <code>targetd token create</code> makes others.
          </>
        }
      />
      <Checkbox
        label="Keep for this tab"
        hint="Otherwise a reload of the page asks again. Closing the tab forgets it either way."
        checked={keep}
        onChange={setKeep}
      />
      <SignInProblem problem={refused ? undefined : check.problem} />
      <Button kind="primary" type="submit" busy={check.busy}>
        Sign in
      </Button>
    </form>
  );
}

const unknownToken = "The server does not accept this token. It may have expired or been revoked.";

function SignInProblem({ problem }: { readonly problem: Problem | undefined }) {
  return problem === undefined ? null : <ProblemNote problem={problem} />;
}
