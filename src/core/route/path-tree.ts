import type { Candidate, Routed } from "./candidate";
import { firstHolding, insertCandidate } from "./candidate";
import { isParameter, segmentsOf } from "./path-pattern";
import type { RouteRequest } from "./request";

/** A position in the paths of some routes: how they go on, and which are complete here. */
interface PathNode<R extends Routed> {
  literals: LuaMap<string, PathNode<R>> | undefined;
  /** The length of the longest literal: a longer segment is never cut out of a request to be looked up. */
  longest: number;
  parameter: PathNode<R> | undefined;
  ends: Candidate<R>[] | undefined;
  /** The routes that take whatever is below. */
  rests: Candidate<R>[] | undefined;
}

/** In place of a position in the request: the routes that take the rest are next. */
const REST = -1;

/** The branches a search has passed by, to come back to, the last one first; one set serves every tree of a router. */
export class Branches<R extends Routed> {
  readonly nodes: PathNode<R>[] = [];
  readonly starts: number[] = [];
  count = 0;

  keep(node: PathNode<R>, start: number): void {
    this.nodes[this.count] = node;
    this.starts[this.count] = start;
    this.count += 1;
  }
}

/** The routes of one host by their paths, segment by segment. */
export class PathTree<R extends Routed> {
  private readonly root: PathNode<R> = newNode();

  constructor(private readonly branches: Branches<R>) {}

  add(path: string, candidate: Candidate<R>): void {
    const segments = segmentsOf(path);
    const last = segments.length - 1;
    const takesRest = segments[last] === "*";
    let node = this.root;
    for (let index = 0; index < (takesRest ? last : last + 1); index += 1)
      node = childFor(node, segments[index]!);
    if (takesRest) insertCandidate((node.rests ??= []), candidate);
    else insertCandidate((node.ends ??= []), candidate);
  }

  /**
   * The first route that holds, a literal segment before a parameter before the rest. A node stands for one position
   * in the path, so no node is visited twice, and none that is deeper than the path: a request costs at most one
   * visit for each node of the tree, however it is made up, and the branches kept are at most two for each level.
   */
  match(request: RouteRequest): R | undefined {
    const { root } = this;
    // Where one route takes everything, which is common, there is nothing to walk.
    if (root.literals === undefined && root.parameter === undefined) return complete(root.rests, request);
    return this.walk(request);
  }

  private walk(request: RouteRequest): R | undefined {
    const { branches } = this;
    const path = request.path;
    let start = 1;
    let node: PathNode<R> | undefined = this.root;
    branches.count = 0;
    while (true) {
      if (start === REST || start > path.length) {
        const route = complete(start === REST ? node.rests : node.ends, request);
        if (route !== undefined) return route;
        node = undefined;
      } else {
        const slash = path.indexOf("/", start);
        const end = slash < 0 ? path.length : slash;
        if (node.rests !== undefined) branches.keep(node, REST);
        if (node.parameter !== undefined && end > start) branches.keep(node.parameter, end + 1);
        node = literalAt(node, path, start, end);
        start = end + 1;
      }
      if (node === undefined) {
        if (branches.count === 0) return undefined;
        branches.count -= 1;
        node = branches.nodes[branches.count]!;
        start = branches.starts[branches.count]!;
      }
    }
  }
}

function newNode<R extends Routed>(): PathNode<R> {
  return { literals: undefined, longest: -1, parameter: undefined, ends: undefined, rests: undefined };
}

function childFor<R extends Routed>(node: PathNode<R>, segment: string): PathNode<R> {
  if (isParameter(segment)) {
    node.parameter ??= newNode();
    return node.parameter;
  }
  node.literals ??= new LuaMap<string, PathNode<R>>();
  let child = node.literals.get(segment);
  if (child === undefined) {
    child = newNode();
    node.literals.set(segment, child);
    node.longest = Math.max(node.longest, segment.length);
  }
  return child;
}

function complete<R extends Routed>(
  candidates: readonly Candidate<R>[] | undefined,
  request: RouteRequest,
): R | undefined {
  return candidates === undefined ? undefined : firstHolding(candidates, request);
}

function literalAt<R extends Routed>(
  node: PathNode<R>,
  path: string,
  start: number,
  end: number,
): PathNode<R> | undefined {
  if (node.literals === undefined || end - start > node.longest) return undefined;
  return node.literals.get(path.substring(start, end));
}
