/** The list of targets, of which the pages that are looked at are read. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../../api/clients.ts";
import { isCancelled, type Problem, problemOf } from "../../api/problem.ts";
import { listRequest, pageSize, type TargetQuery } from "./query.ts";

export interface TargetPages {
  /** Undefined until the first page is here. */
  readonly total: number | undefined;
  readonly problem: Problem | undefined;
  /** Undefined while its page is not here. */
  readonly targetAt: (index: number) => Target | undefined;
  /** Tells which rows are looked at. */
  readonly show: (first: number, last: number) => void;
  /** Reads all anew. */
  readonly reload: () => void;
}

/** What was read for one query. */
interface Listing {
  readonly query: TargetQuery;
  readonly pages: Map<number, readonly Target[]>;
  readonly wanted: Set<number>;
  readonly ended: AbortController;
  total: number | undefined;
}

/** Rows that are passed quickly are not worth a call, in milliseconds. */
const settleTime = 60;

export function useTargetPages(query: TargetQuery): TargetPages {
  const [turn, setTurn] = useState(0);
  const [problem, setProblem] = useState<Problem>();
  const [, setVersion] = useState(0);
  const shown = useRef(listingOf(query));
  const timer = useRef(0);
  const load = async (listing: Listing, page: number) => {
    const { signal } = listing.ended;
    try {
      await readPage(listing, page);
      if (signal.aborted) return;
      shown.current = listing;
      setVersion((last) => last + 1);
    } catch (error) {
      if (!signal.aborted && !isCancelled(error)) setProblem(problemOf(error));
    }
  };
  useEffect(() => {
    // What was read before stays until the first page is here.
    const listing = listingOf(query);
    setProblem(undefined);
    load(listing, 0);
    return () => {
      clearTimeout(timer.current);
      listing.ended.abort();
    };
  }, [query.text, query.sort, turn]);
  const { total, pages } = shown.current;
  return {
    total,
    problem,
    targetAt: (index) => pages.get(Math.floor(index / pageSize))?.[index % pageSize],
    show: (first, last) => {
      clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        for (const page of pagesOf(first, last)) load(shown.current, page);
      }, settleTime);
    },
    reload: () => setTurn((before) => before + 1),
  };
}

function listingOf(query: TargetQuery): Listing {
  return {
    query,
    pages: new Map(),
    wanted: new Set(),
    ended: new AbortController(),
    total: undefined,
  };
}

/** Reads a page unless it was read or is being read. */
async function readPage(listing: Listing, page: number): Promise<void> {
  const { query, pages, wanted, ended } = listing;
  if (wanted.has(page)) return;
  wanted.add(page);
  try {
    const { signal } = ended;
    const answer = await api.actions.listTargets(listRequest(query, page), { signal });
    pages.set(page, answer.targets);
    listing.total = Number(answer.pagination?.totalResult ?? 0n);
  } catch (error) {
    wanted.delete(page);
    throw error;
  }
}

function pagesOf(first: number, last: number): number[] {
  const page = Math.floor(first / pageSize);
  const count = Math.floor(last / pageSize) - page + 1;
  return Array.from({ length: count }, (_, index) => page + index);
}
