import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A TCP connection that can say anything. */
export interface Raw {
  socket: Socket
  send(text: string): void
  /** Resolves when what came so far has this in it; rejects when the connection closes before. */
  until(part: string): Promise<string>
  /** Resolves with all that came when the other side has closed. */
  closed: Promise<string>
  /** Resolves to whether it was reset. */
  reset: Promise<boolean>
}

export async function raw(port: number): Promise<Raw> {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  let came = ''
  let failed = false
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => void (came += text))
  socket.on('error', () => void (failed = true))
  const closing = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    socket,
    send: (text) => void socket.write(text, 'latin1'),
    closed: closing.then(() => came),
    reset: closing.then(() => failed),
    async until(part) {
      while (!came.includes(part)) {
        if (socket.closed) throw new Error(`closed after ${JSON.stringify(came)}`)
        await Promise.race([once(socket, 'data'), closing])
      }
      return came
    },
  }
}

/** Sends a whole request, and gives what came until the other side closed. The request must make it close. */
export async function sayAndHear(port: number, text: string): Promise<string> {
  const connection = await raw(port)
  connection.send(text)
  return connection.closed
}
