import { ServiceError, type Service } from '../service.ts'
import { askThread, endInThread } from './thread.ts'

let lastIsolate = 0

/** `crypto.subtle`, by the methods and values of `wall/crypto.ts`. */
export function cryptoService(): Service {
  const isolate = ++lastIsolate
  return {
    answer({ text, buffers }) {
      const reply = askThread({ isolate, text, buffers })
      if ('error' in reply) throw new ServiceError(...reply.error)
      return 'bytes' in reply ? new Uint8Array(reply.bytes) : JSON.stringify(reply.result)
    },
    close: () => endInThread(isolate),
  }
}
