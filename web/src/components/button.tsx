import type { ComponentChildren } from "preact";
import { Link, type LinkProps } from "../router/link.tsx";
import { Icon, type IconName } from "./icon.tsx";

export type ButtonKind = "default" | "primary" | "danger" | "quiet";

export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly kind?: ButtonKind;
  readonly icon?: IconName;
  /** Name for screen readers where the button shows an icon only. */
  readonly label?: string;
  readonly type?: "button" | "submit";
  readonly disabled?: boolean;
  /** While what the button started is under way; it keeps the focus but does nothing. */
  readonly busy?: boolean;
  readonly small?: boolean;
  readonly onClick?: () => void;
}

export function Button(props: ButtonProps) {
  const { children, icon, label, type = "button", disabled = false, busy = false } = props;
  return (
    <button
      type={type}
      class={buttonClass(props)}
      disabled={disabled}
      aria-disabled={busy}
      aria-busy={busy}
      aria-label={label}
      title={label}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else props.onClick?.();
      }}
    >
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export interface ButtonLinkProps
  extends Pick<ButtonProps, "children" | "kind" | "icon" | "small">,
    Pick<LinkProps, "to" | "discards"> {}

/** A link that looks like a button, for what leads to another page. */
export function ButtonLink(props: ButtonLinkProps) {
  return (
    <Link to={props.to} discards={props.discards ?? false} class={buttonClass(props)}>
      {props.icon && <Icon name={props.icon} />}
      {props.children}
    </Link>
  );
}

function buttonClass({ kind = "default", small = false }: Pick<ButtonProps, "kind" | "small">) {
  return `button button-${kind}${small ? " button-small" : ""}`;
}
