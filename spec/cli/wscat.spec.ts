import { startCommand } from "../support/command";
import { demoPorts, startDemo } from "../support/demo";

it("wscat shows the classic dialogue through npm start's gateway", async () => {
  const ports = await demoPorts();
  const demo = await startDemo(ports);
  // The line that npm start prints, in a terminal, as wscat shows nothing without one.
  const line = `npx wscat --no-color --connect ws://127.0.0.1:${ports.port}`;
  const wscat = startCommand("script", ["-qec", line, "/dev/null"]);
  await wscat.whenPrinted(/Connected/);
  wscat.type("Hello\r");
  await wscat.whenPrinted(/> \S*Hello[^]*< Server received from client: Hello/);
  wscat.type("\x03");
  await wscat.whenEnded();
  expect(demo.output()).toMatch(/^\[\d+\] Received from client: Hello$/m);
});
