import { decodeAnnouncement, encodeAnnouncement } from "../../../src/core/listing/announcement";

const ANNOUNCEMENT = {
  holder: "15.99",
  prefix: "15-ab-",
  span: 64,
  firstName: 3,
  nextName: 20,
  unlisted: 0,
};

describe("what a process says about its records", () => {
  it("is read as it was written", () => {
    expect(decodeAnnouncement(encodeAnnouncement(ANNOUNCEMENT))).toEqual(ANNOUNCEMENT);
  });

  it("keeps its length when figures grow", () => {
    const grown = { ...ANNOUNCEMENT, span: 300_000, nextName: 999_999_999, unlisted: 12 };
    expect(encodeAnnouncement(grown).length).toBe(encodeAnnouncement(ANNOUNCEMENT).length);
  });

  it("is not taken for anything else", () => {
    expect(decodeAnnouncement("64 3 20")).toBeUndefined();
  });
});
