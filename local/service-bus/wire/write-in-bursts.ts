import type { Socket } from 'node:net';

/** Collects what is written in one turn of the event loop into one system call: rhea writes every frame by itself. */
export function writeInBursts(socket: Socket): void {
  const write = socket.write.bind(socket);
  let collecting = false;
  const flush = () => {
    collecting = false;
    socket.uncork();
  };
  Object.assign(socket, {
    write: (bytes: Buffer) => {
      if (!collecting) {
        collecting = true;
        socket.cork();
        setImmediate(flush);
      }
      return write(bytes);
    },
  });
}
