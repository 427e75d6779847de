import { Outlet } from "../../src/relay/outlet";
import { Inbox } from "./world";

/** An outlet whose socket is full: a frame of the gateway's own goes when `flush` is called. */
function fullOutlet(): { outlet: Outlet; inbox: Inbox; asked: number[] } {
  const inbox = new Inbox();
  const asked: number[] = [];
  const threads = {
    rest: () => undefined,
    flush: (_outlet: Outlet, connection: number, bytes: number): void => {
      asked.push(connection, bytes);
    },
  };
  return { outlet: new Outlet(inbox, threads, 7), inbox, asked };
}

describe("a frame of the gateway's own", () => {
  it("does not keep whoever says it", () => {
    const { outlet, inbox, asked } = fullOutlet();
    outlet.add("ping");
    outlet.close("Close");
    expect([inbox.text, asked]).toEqual(["", [7, 4, 7, 9]]);
    outlet.flush();
    outlet.close("another");
    outlet.flush();
    expect(inbox.text).toBe("pingClose");
  });

  it("waits for the end of the other side's frame, and goes before nothing of it", () => {
    const { outlet, inbox, asked } = fullOutlet();
    outlet.pass("fra", false);
    outlet.add("ping");
    expect([inbox.text, asked]).toEqual(["fra", []]);
    outlet.pass("me", true);
    expect(inbox.text).toBe("frameping");
  });
});
