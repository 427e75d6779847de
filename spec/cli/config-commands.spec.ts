import { DOCUMENT } from "../support/admin-fixtures";
import { startExampleAdmin } from "../support/fake-admin";
import { switchboard } from "../support/switchboard";
import { temporaryFolder } from "../support/temporary-folder";

describe("switchboard config put", () => {
  it("is bound to the document that the file was compared with", async () => {
    const admin = await startExampleAdmin();
    admin.on("PUT /v1/config", {
      body: { generation: 42, warnings: [{ pointer: "/a", message: "no effect yet" }] },
    });
    const changed = { ...DOCUMENT, routes: [] };
    const input = JSON.stringify(changed);
    const { code, stdout, stderr } = await switchboard(["config", "put", "-"], { url: admin.url, input });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "in force, generation 42\n" });
    expect(stderr).toBe(
      '1 difference to what is in force\n- /routes/rest: {"id":"rest","upstream":"chat"}\nwarning: /a: no effect yet\n',
    );
    const put = admin.requests.at(-1)!;
    expect(put.body).toEqual(changed);
    expect(put.headers).toMatchObject({ "if-match": '"41"', "content-type": "application/json" });
  });

  it("takes an ETag that config get told, with its quotes or without", async () => {
    const admin = await startExampleAdmin();
    const cwd = temporaryFolder({ "new.json": JSON.stringify(DOCUMENT) });
    for (const etag of ["40", '"40"'])
      await switchboard(["config", "put", "new.json", "--if-match", etag, "--json"], { url: admin.url, cwd });
    expect(admin.requests.map(({ method, headers }) => `${method} ${headers["if-match"]}`)).toEqual([
      'PUT "40"',
      'PUT "40"',
    ]);
  });

  it("changes nothing with --dry-run", async () => {
    const admin = await startExampleAdmin();
    admin.on("PUT /v1/config", { body: { dry_run: true, generation: 41, warnings: [] } });
    const cwd = temporaryFolder({ "new.json": JSON.stringify(DOCUMENT) });
    const { code, stdout, stderr } = await switchboard(["config", "put", "new.json", "--dry-run"], {
      url: admin.url,
      cwd,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "valid; nothing was changed\n" });
    expect(stderr).toBe("no difference to what is in force\n");
    expect(admin.calls()).toEqual(["GET /v1/config", "PUT /v1/config?dry_run=1"]);
  });

  it("tells of a file that is not JSON or not there, and calls nothing", async () => {
    const admin = await startExampleAdmin();
    const cwd = temporaryFolder({ "bad.json": "{" });
    const bad = await switchboard(["config", "put", "bad.json"], { url: admin.url, cwd });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/^bad\.json: not JSON: .*\n$/);
    const missing = await switchboard(["config", "diff", "no.json"], { url: admin.url, cwd });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^no\.json: ENOENT.*\n$/);
    expect(admin.requests).toEqual([]);
  });
});

describe("switchboard config", () => {
  it("diff ends with 1 on a difference if it is asked to", async () => {
    const admin = await startExampleAdmin();
    const cwd = temporaryFolder({ "same.json": JSON.stringify(DOCUMENT), "other.json": "{}" });
    const diff = (...args: string[]): ReturnType<typeof switchboard> =>
      switchboard(["config", "diff", ...args], { url: admin.url, cwd });
    expect(await diff("same.json", "--exit-code")).toEqual({
      code: 0,
      stdout: "no difference\n",
      stderr: "",
    });
    const other = await diff("other.json", "--exit-code", "--json");
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({
      differences: [{ pointer: "/upstreams" }, { pointer: "/routes" }],
    });
  });

  it("get prints one layer", async () => {
    const admin = await startExampleAdmin();
    const { stdout } = await switchboard(["config", "get", "--layer", "file"], { url: admin.url });
    expect(JSON.parse(stdout)).toEqual(DOCUMENT);
    expect(admin.calls()).toEqual(["GET /v1/config?layer=file"]);
  });
});
