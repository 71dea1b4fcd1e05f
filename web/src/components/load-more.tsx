import { Button } from "./button.tsx";

export interface LoadMoreProps {
  readonly shown: number;
  /** Undefined where the server does not count. */
  readonly total?: number;
  readonly more: boolean;
  readonly busy: boolean;
  readonly onMore: () => void;
}

/** The end of a list that is read in parts. */
export function LoadMore({ shown, total, more, busy, onMore }: LoadMoreProps) {
  return (
    <div class="load-more">
      <span class="muted" role="status">
        {total === undefined ? `${shown} shown` : `${shown} of ${total} shown`}
      </span>
      {more && (
        <Button busy={busy} onClick={onMore}>
          Load more
        </Button>
      )}
    </div>
  );
}
