/**
 * The WebSocket server of the classic example, as a process of its own: `node backend.js PORT`. Its 101 tells which
 * one served.
 */
import { WebSocketServer } from "ws";

const port = Number(process.argv[2]);
const server = new WebSocketServer({ port, host: "127.0.0.1" });

server.on("listening", () => console.log("Server started"));
server.on("headers", (headers) => headers.push(`Served-By: ${port}`));
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    console.log(`Received from client: ${data}`);
    socket.send(`Server received from client: ${data}`);
  });
});

// The demo that started it is gone, however it ended.
process.on("disconnect", () => process.exit());
