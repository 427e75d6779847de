import type { Condition, RouteConfig } from "../config/snapshot";
import type { Pause } from "../pause";
import { countConditions } from "./conditions";
import { shapeOf } from "./path-pattern";

/** `routes[index]` ties with `routes[other]`, which stands before it. */
export interface RouteConflict {
  readonly index: number;
  readonly other: number;
}

/** What a route asks of headers and query, by `header NAME` or `query NAME`, and the names in order. */
interface Terms {
  readonly names: readonly string[];
  readonly values: LuaMap<string, Condition>;
}

interface Member {
  readonly index: number;
  readonly terms: Terms;
}

/** The first member for each combination of the values asked under `names`. */
interface Lookup {
  readonly names: readonly string[];
  readonly firsts: LuaMap<string, number>;
}

/** The routes of a group that ask for the same names, each in the same way: present, absent or equal to a string. */
interface Form {
  readonly key: string;
  readonly terms: Terms;
  readonly members: Member[];
  readonly lookups: LuaMap<string, Lookup>;
  readonly lookupList: Lookup[];
  /** By another form's key: where its members find theirs in this form, or `false` if the two exclude each other. */
  readonly relations: LuaMap<string, Lookup | false>;
}

/** The routes that one host gives the same rank: only the values of their conditions can tell them apart. */
interface Group {
  readonly forms: LuaMap<string, Form>;
  readonly formList: Form[];
}

const ANY_HOST: readonly string[] = [""];

/**
 * Finds the routes that no rule ranks against an earlier one although a request may match both: they share a host,
 * the shape of the path, the number of conditions and the priority, and their conditions do not exclude each other.
 *
 * Each route is reported at most once, with the first route it ties with. The work is linear in the routes times
 * the forms of conditions that stand under one host and path: a thousand routes that ask for a thousand values of one
 * header are one form.
 * @param pause called after each route
 */
export function findConflicts(routes: readonly RouteConfig[], pause?: Pause): readonly RouteConflict[] {
  const search = new ConflictSearch(routes);
  const conflicts: RouteConflict[] = [];
  for (let index = 0; index < routes.length; index += 1) {
    const other = search.enter(index);
    if (other < index) conflicts.push({ index, other });
    if (pause !== undefined) pause();
  }
  return conflicts;
}

class ConflictSearch {
  /** The first route of each rank: most ranks have no other, and then nothing more is built. */
  private readonly firsts = new LuaMap<string, number>();
  private readonly groups = new LuaMap<string, Group>();

  constructor(private readonly routes: readonly RouteConfig[]) {}

  /** Puts a route beside the ones before it; returns the first one it ties with, or its own index. */
  enter(index: number): number {
    const route = this.routes[index]!;
    const rank = `${shapeOf(route.path)}\n${countConditions(route)}\n${route.priority}`;
    let tie = index;
    for (const host of route.hosts.length > 0 ? route.hosts : ANY_HOST)
      tie = Math.min(tie, this.enterRank(`${host}\n${rank}`, index));
    return tie;
  }

  private enterRank(rank: string, index: number): number {
    const first = this.firsts.get(rank);
    if (first === undefined) {
      this.firsts.set(rank, index);
      return index;
    }
    return join(this.groupOf(rank, first), this.memberAt(index));
  }

  private groupOf(rank: string, first: number): Group {
    let group = this.groups.get(rank);
    if (group === undefined) {
      group = { forms: new LuaMap<string, Form>(), formList: [] };
      this.groups.set(rank, group);
      join(group, this.memberAt(first));
    }
    return group;
  }

  private memberAt(index: number): Member {
    return { index, terms: termsOf(this.routes[index]!) };
  }
}

function termsOf(route: RouteConfig): Terms {
  const names: string[] = [];
  const values = new LuaMap<string, Condition>();
  collect("header ", route.headers, names, values);
  collect("query ", route.query, names, values);
  names.sort();
  return { names, values };
}

function collect(
  prefix: string,
  conditions: Readonly<Record<string, Condition>>,
  names: string[],
  values: LuaMap<string, Condition>,
): void {
  for (const name of Object.keys(conditions)) {
    names.push(prefix + name);
    values.set(prefix + name, conditions[name]!);
  }
}

function formKey(terms: Terms): string {
  let key = "";
  for (const name of terms.names) {
    const value = terms.values.get(name);
    key = `${key}${name}\n${typeof value === "string" ? "equal" : value}\n`;
  }
  return key;
}

/** Adds a member; returns the first one it ties with, or its own index. */
function join(group: Group, member: Member): number {
  const own = formOf(group, member.terms);
  let first = member.index;
  for (const form of group.formList) {
    const lookup = relationOf(form, own);
    if (lookup !== false)
      first = Math.min(first, lookup.firsts.get(valuesUnder(lookup.names, member.terms)) ?? first);
  }
  own.members.push(member);
  for (const lookup of own.lookupList) note(lookup, member);
  return first;
}

function formOf(group: Group, terms: Terms): Form {
  const key = formKey(terms);
  let form = group.forms.get(key);
  if (form === undefined) {
    form = {
      key,
      terms,
      members: [],
      lookups: new LuaMap<string, Lookup>(),
      lookupList: [],
      relations: new LuaMap<string, Lookup | false>(),
    };
    group.forms.set(key, form);
    group.formList.push(form);
  }
  return form;
}

function relationOf(form: Form, other: Form): Lookup | false {
  let relation = form.relations.get(other.key);
  if (relation === undefined) {
    relation =
      !isExcluded(form.terms, other.terms) && lookupOf(form, namesBothCompare(form.terms, other.terms));
    form.relations.set(other.key, relation);
  }
  return relation;
}

/** Whether one form asks for a name to be absent that the other wants to be there. */
function isExcluded(a: Terms, b: Terms): boolean {
  for (const name of a.names) {
    const left = a.values.get(name);
    const right = b.values.get(name);
    if (right !== undefined && (left === false) !== (right === false)) return true;
  }
  return false;
}

function namesBothCompare(a: Terms, b: Terms): readonly string[] {
  const names: string[] = [];
  for (const name of a.names)
    if (typeof a.values.get(name) === "string" && typeof b.values.get(name) === "string") names.push(name);
  return names;
}

function lookupOf(form: Form, names: readonly string[]): Lookup {
  const key = names.join("\n");
  let lookup = form.lookups.get(key);
  if (lookup === undefined) {
    lookup = { names, firsts: new LuaMap<string, number>() };
    for (const member of form.members) note(lookup, member);
    form.lookups.set(key, lookup);
    form.lookupList.push(lookup);
  }
  return lookup;
}

function note(lookup: Lookup, member: Member): void {
  const values = valuesUnder(lookup.names, member.terms);
  if (lookup.firsts.get(values) === undefined) lookup.firsts.set(values, member.index);
}

/** One string for several: each carries its length, so that no value can pass for two. */
function valuesUnder(names: readonly string[], terms: Terms): string {
  let text = "";
  for (const name of names) {
    const value = terms.values.get(name) as string;
    text = `${text}${value.length}:${value}`;
  }
  return text;
}
