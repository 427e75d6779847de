import { BalancerRegistry } from "../../../src/core/balance/registry";
import { roundRobin } from "../../../src/core/balance/round-robin";

const mine = { ...roundRobin, name: "mine" };

describe("the registry of balancers", () => {
  it("has those that ship", () => {
    const registry = new BalancerRegistry();
    expect(registry.names()).toContain("round_robin");
    expect(registry.find("round_robin")).toBe(roundRobin);
    expect(registry.find("mine")).toBeUndefined();
  });

  it("takes further ones, for itself alone", () => {
    const registry = new BalancerRegistry();
    expect(registry.register(mine)).toBeUndefined();
    expect(registry.find("mine")).toBe(mine);
    expect(new BalancerRegistry().find("mine")).toBeUndefined();
  });

  it("refuses a name that is taken", () => {
    const registry = new BalancerRegistry();
    expect(registry.register({ ...mine, name: "round_robin" })).toBe(
      'a balancer called "round_robin" is registered already',
    );
    expect(registry.find("round_robin")).toBe(roundRobin);
  });
});
