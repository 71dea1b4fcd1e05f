/** Finds the route of a request among all path templates. */
import type { PathTemplate, TemplateSegment } from "./template.ts";

/** A path that fits a template. */
export interface Found<T> {
  readonly kind: "found";
  readonly route: T;
  /** Raw segments of the path, without the verb of the template. */
  readonly segments: readonly string[];
}

/** The path fits templates, but none for this method; `allow` is empty when it fits none at all. */
export interface NotFound {
  readonly kind: "not-found";
  /** HTTP methods under which the path exists, sorted. */
  readonly allow: readonly string[];
}

/** Routes by HTTP method; "*" takes every method. */
type Leaf<T> = Map<string, T>;

/** Paths of which only the last segment is a variable, as most are. */
interface Lane<T> {
  /** Those before the last. */
  readonly segments: readonly string[];
  /** What goes before the variable. */
  readonly literals: ReadonlyMap<string, unknown>;
  /** By method. */
  readonly routes: Leaf<T>;
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  variable: Node<T> | undefined;
  any: Node<T> | undefined;
  /** Templates that end here, by verb. */
  readonly ends: Map<string, Leaf<T>>;
  /** Templates that go on with `**`, by verb. */
  readonly rests: Map<string, Leaf<T>>;
}

/**
 * All routes in one tree. Per segment a literal goes before a variable, a variable before `*`, `*`
 * before `**`; a template with the verb goes before one without. When the better branch has no route
 * for the method, the next one is tried: GET /targets/search reads the target "search" although
 * POST /targets/search is a route of its own.
 */
export class RouteTrie<T> {
  readonly #root: Node<T> = newNode();
  /** By what their paths have before the last slash. */
  readonly #lanes = new Map<string, Lane<T>>();

  /**
   * Adds a route.
   *
   * @throws Error when there is one with an equal template and method; variable names do not count
   */
  add(method: string, template: PathTemplate, route: T): void {
    let parent = this.#root;
    let node = this.#root;
    let ends = true;
    for (const segment of template.segments) {
      if (segment.kind === "rest") ends = false;
      else {
        parent = node;
        node = descend(node, segment);
      }
    }
    const table = ends ? node.ends : node.rests;
    const leaf: Leaf<T> = table.get(template.verb) ?? new Map();
    if (leaf.has(method)) throw new Error(`another ${method} route has an equal path template`);
    table.set(template.verb, leaf.set(method, route));
    this.#addLane(template, parent, leaf);
  }

  #addLane({ segments: all, verb }: PathTemplate, { literals }: Node<T>, routes: Leaf<T>): void {
    const before = all.slice(0, -1);
    const segments = before.flatMap((segment) => (segment.kind === "literal" ? segment.text : []));
    const fits = all.at(-1)?.kind === "variable" && segments.length === before.length;
    const path = segments.map((segment) => `/${segment}`).join("");
    if (fits && verb === "") this.#lanes.set(path, { segments, literals, routes });
  }

  /**
   * Finds the route for a method and the raw path, without query. Empty segments fit nothing. The
   * work is bounded by the number of templates.
   */
  find(method: string, path: string): Found<T> | NotFound {
    return this.#findInLane(method, path) ?? this.#search(method, path);
  }

  /** The same at a fraction of the cost, where it is sure to find the same. */
  #findInLane(method: string, path: string): Found<T> | undefined {
    const slash = path.lastIndexOf("/");
    const lane = slash < 0 ? undefined : this.#lanes.get(path.slice(0, slash));
    const route = lane?.routes.get(method);
    if (lane === undefined || route === undefined) return undefined;
    const last = path.slice(slash + 1);
    if (last === "" || last.includes(":") || lane.literals.has(last)) return undefined;
    return { kind: "found", route, segments: [...lane.segments, last] };
  }

  #search(method: string, path: string): Found<T> | NotFound {
    const segments = path.split("/").slice(1);
    if (!path.startsWith("/") || segments.includes("")) return { kind: "not-found", allow: [] };
    return new Search<T>(method, segments).run(this.#root);
  }
}

function newNode<T>(): Node<T> {
  return {
    literals: new Map(),
    variable: undefined,
    any: undefined,
    ends: new Map(),
    rests: new Map(),
  };
}

function descend<T>(node: Node<T>, segment: TemplateSegment): Node<T> {
  if (segment.kind === "literal") {
    const child = node.literals.get(segment.text) ?? newNode<T>();
    node.literals.set(segment.text, child);
    return child;
  }
  if (segment.kind === "variable") {
    node.variable ??= newNode<T>();
    return node.variable;
  }
  node.any ??= newNode<T>();
  return node.any;
}

/** One way to read a segment: the last one may end in a verb, or contain a colon of its own. */
interface Reading {
  readonly text: string;
  readonly verb: string;
}

class Search<T> {
  readonly #method: string;
  readonly #segments: readonly string[];
  readonly #last: readonly Reading[];
  /** Made when the path fits a template whose method does not. */
  #allow: Set<string> | undefined;

  constructor(method: string, segments: readonly string[]) {
    this.#method = method;
    this.#segments = segments;
    this.#last = readings(segments.at(-1) ?? "");
  }

  run(root: Node<T>): Found<T> | NotFound {
    const found = this.#visit(root, 0, "");
    if (found !== undefined) return found;
    const allow = this.#allow ?? new Set();
    if (allow.has("GET")) allow.add("HEAD");
    return { kind: "not-found", allow: [...allow].sort() };
  }

  #visit(node: Node<T>, index: number, verb: string): Found<T> | undefined {
    const segment = this.#segments[index];
    if (segment === undefined) {
      return this.#pick(node.ends.get(verb), verb) ?? this.#pick(node.rests.get(verb), verb);
    }
    const atLast = index === this.#segments.length - 1;
    const found = atLast ? this.#end(node, index) : this.#step(node, index, segment);
    return found ?? this.#rest(node);
  }

  #step(node: Node<T>, index: number, segment: string): Found<T> | undefined {
    const { literals, variable, any } = node;
    const literal = literals.get(segment);
    return (
      (literal && this.#visit(literal, index + 1, "")) ??
      (variable && this.#visit(variable, index + 1, "")) ??
      (any && this.#visit(any, index + 1, ""))
    );
  }

  #end({ literals, variable, any }: Node<T>, index: number): Found<T> | undefined {
    for (const { text, verb } of this.#last) {
      const literal = literals.get(text);
      const found = literal && this.#visit(literal, index + 1, verb);
      if (found !== undefined) return found;
    }
    for (const child of [variable, any]) {
      if (child === undefined) continue;
      for (const { verb } of this.#last) {
        const found = this.#visit(child, index + 1, verb);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #rest(node: Node<T>): Found<T> | undefined {
    for (const { verb } of node.rests.size > 0 ? this.#last : []) {
      const found = this.#pick(node.rests.get(verb), verb);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #pick(leaf: Leaf<T> | undefined, verb: string): Found<T> | undefined {
    if (leaf === undefined) return undefined;
    const route = leaf.get(this.#method) ?? (this.#method === "HEAD" ? leaf.get("GET") : undefined);
    const chosen = route ?? leaf.get("*");
    if (chosen === undefined) {
      this.#allow ??= new Set();
      for (const method of leaf.keys()) this.#allow.add(method);
      return undefined;
    }
    return { kind: "found", route: chosen, segments: this.#withoutVerb(verb) };
  }

  #withoutVerb(verb: string): readonly string[] {
    const last = this.#segments.at(-1);
    if (verb === "" || last === undefined) return this.#segments;
    return [...this.#segments.slice(0, -1), last.slice(0, -verb.length - 1)];
  }
}

function readings(segment: string): readonly Reading[] {
  const colon = segment.lastIndexOf(":");
  const whole = { text: segment, verb: "" };
  if (colon < 1 || colon === segment.length - 1) return [whole];
  return [{ text: segment.slice(0, colon), verb: segment.slice(colon + 1) }, whole];
}
