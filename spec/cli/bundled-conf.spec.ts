import { changeConf } from "../../src/cli/nginx/bundled-conf";

const FILES = {
  "nginx.conf": [
    "worker_processes auto;",
    "include switchboard/http.conf;",
    "listen 8020 reuseport;",
    "listen 127.0.0.1:8021;",
    "include switchboard/server.conf;",
    "include switchboard/location.conf;",
  ].join("\n"),
  "switchboard/http.conf": "include switchboard/http-base.conf;",
};

describe("changes of the bundled configuration", () => {
  it("puts other listeners and extra directives in place", () => {
    const changed = changeConf(FILES, {
      listen: "127.0.0.1:9000",
      adminListen: "127.0.0.1:9001",
      workers: 2,
      locationExtra: "add_header X-Price $5;",
    });
    expect(changed["nginx.conf"]!.split("\n").filter(Boolean)).toEqual([
      "worker_processes 2;",
      "include switchboard/http.conf;",
      "listen 127.0.0.1:9000 reuseport;",
      "listen 127.0.0.1:9001;",
      "include switchboard/server.conf;",
      "include switchboard/location.conf;",
      "add_header X-Price $5;",
    ]);
  });

  it("leaves everything as it is without changes", () => {
    expect(changeConf(FILES, {})).toEqual(FILES);
  });

  it("fails where a change finds no place", () => {
    expect(() => changeConf({ "nginx.conf": "listen 80200; listen 18020;" }, { listen: "9000" })).toThrow(
      'no "listen 8020" in nginx.conf',
    );
  });
});
