/** What surrounds every page: the navigation, the account, and the place for the page. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { SkipExecutionsNotice } from "../components/skip-executions.tsx";
import { Link } from "../router/link.tsx";
import { location } from "../router/location.ts";
import { mayLeave } from "../router/unsaved.ts";
import { sections } from "../routes.ts";
import { session, signOut } from "../session/session.ts";
import { tokenName } from "../session/token-text.ts";
import { Mark } from "./mark.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";

export interface LayoutProps {
  /** Name of the section that the page belongs to. */
  readonly section: string | undefined;
  readonly children: ComponentChildren;
}

export function Layout({ section, children }: LayoutProps) {
  return (
    <div class="layout">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Sidebar section={section} />
      <main id="main" tabIndex={-1}>
        <SkipExecutionsNotice />
        {children}
      </main>
    </div>
  );
}

/** On narrow screens a bar whose menu opens and closes. */
function Sidebar({ section }: Pick<LayoutProps, "section">) {
  const [open, setOpen] = useState(false);
  const { path } = location.value;
  // A navigation closes the menu.
  useEffect(() => setOpen(false), [path]);
  return (
    <header class="sidebar">
      <div class="sidebar-head">
        <Link to="/ui/targets" class="brand">
          <Mark /> targetd
        </Link>
        <button
          type="button"
          class="button button-quiet menu-button"
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        >
          Menu
        </button>
      </div>
      <div id="menu" class={open ? "menu menu-open" : "menu"}>
        <nav aria-label="Sections">
          <ul>
            {sections.map(({ name, path: to }) => (
              <li key={name}>
                <Link to={to} current={name === section}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <Account />
      </div>
    </header>
  );
}

function Account() {
  const { token = "" } = session.value ?? {};
  return (
    <div class="account">
      <p class="muted">
        Signed in with <code>{tokenName(token)}</code>
      </p>
      <div class="account-actions">
        <ThemeSwitch />
        <Button small onClick={() => mayLeave() && signOut()}>
          Sign out
        </Button>
      </div>
    </div>
  );
}
