/** A server block with the gateway on one more listener, for the bundled conf's http level. */
export function serverBlock(listen: string, directives = ""): string {
  return `
server {
  listen ${listen};
  ${directives}
  include switchboard/server.conf;
  location / {
    include switchboard/location.conf;
  }
}`;
}
