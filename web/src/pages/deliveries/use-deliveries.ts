/** The deliveries of a page as they are, followed live, with older ones on request. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Delivery } from "../../../../gen/targetd/v1/delivery_service_pb.ts";
import { api } from "../../api/clients.ts";
import { type Problem, problemOf } from "../../api/problem.ts";
import { type FollowStatus, follow } from "../../deliveries/follow.ts";
import { frameBatches } from "../../deliveries/frame-batches.ts";
import { type Action, useAction } from "../../hooks/use-action.ts";
import { type DeliveryFilter, matches, toListRequest } from "./delivery-filter.ts";
import { type DeliveryRows, mostRows, noRows, withChanges, withListed } from "./delivery-rows.ts";

const pageSize = 200;

export interface Deliveries {
  /** Undefined until the list was read. */
  readonly rows: DeliveryRows | undefined;
  readonly status: FollowStatus;
  /** Why the list could not be read. */
  readonly problem: Problem | undefined;
  readonly paused: boolean;
  readonly pause: (paused: boolean) => void;
  /** Whether there are older ones, and room for them. */
  readonly hasOlder: boolean;
  readonly older: Action<[], void>;
}

/** While it is paused nothing comes in; then it goes on where it stopped. */
export function useDeliveries(filter: DeliveryFilter): Deliveries {
  const key = JSON.stringify(filter);
  const [rows, setRows] = useState<DeliveryRows>();
  const [nextPage, setNextPage] = useState("");
  const [status, setStatus] = useState<FollowStatus>({ kind: "connecting" });
  const [problem, setProblem] = useState<Problem>();
  const [paused, pause] = useState(false);
  const place = useRef({ key, cursor: "" });
  const isShown = (delivery: Delivery) => matches(filter, delivery);
  useEffect(() => {
    const control = new AbortController();
    if (place.current.key !== key) {
      place.current = { key, cursor: "" };
      setRows(undefined);
    }
    const batches = frameBatches<Delivery>((changed) =>
      setRows((before = noRows) => withChanges(before, changed, isShown)),
    );
    const load = async (signal: AbortSignal) => {
      const page = await list(filter, "", signal);
      signal.throwIfAborted();
      batches.clear();
      setProblem(undefined);
      setRows(withChanges(noRows, page.deliveries, isShown));
      setNextPage(page.nextPageToken);
    };
    let alone = new AbortController();
    /** For as long as there is no watch with which to begin, there is the list. */
    const loadAlone = () => {
      alone.abort();
      alone = new AbortController();
      const { signal } = alone;
      load(signal).catch((error) => {
        if (!signal.aborted) setProblem(problemOf(error));
      });
    };
    const followed = {
      watch: (cursor: string, signal: AbortSignal) =>
        api.deliveries.watchDeliveries({ targetId: filter.target, cursor }, { signal }),
      load: (signal: AbortSignal) => {
        alone.abort();
        return load(signal);
      },
      changed: batches.add,
      status: (next: FollowStatus) => {
        setStatus(next);
        if (next.kind === "reconnecting" && place.current.cursor === "") loadAlone();
      },
    };
    if (!paused) void follow(followed, place.current, control.signal);
    else if (place.current.cursor === "") loadAlone();
    return () => {
      control.abort();
      alone.abort();
      batches.clear();
    };
  }, [key, paused]);
  const older = useAction(async () => {
    const page = await list(filter, nextPage);
    setRows((before = noRows) => withListed(before, page.deliveries));
    setNextPage(page.nextPageToken);
  });
  const hasOlder = nextPage !== "" && (rows?.rows.length ?? 0) < mostRows;
  return { rows, status, problem, paused, pause, hasOlder, older };
}

function list(filter: DeliveryFilter, pageToken: string, signal?: AbortSignal) {
  const request = { ...toListRequest(filter), pageSize, pageToken };
  return api.deliveries.listDeliveries(request, signal === undefined ? {} : { signal });
}
