/** Ids that make it safe to send the same request again, such as after an answer that got lost. */
import { useRef } from "preact/hooks";

/** Gives the same id for as long as the content is the same; other content gets another. */
export function useRequestId(): (content: unknown) => string {
  const last = useRef({ text: "", id: "" });
  return (content) => {
    const text = JSON.stringify(content, (_key, part: unknown) =>
      typeof part === "bigint" ? String(part) : part,
    );
    if (last.current.text !== text) last.current = { text, id: newUuid() };
    return last.current.id;
  };
}

/** UUID of version 4; browsers have crypto.randomUUID only on pages that came by TLS or from loopback. */
function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) % 4] ?? "8";
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join("-");
}
