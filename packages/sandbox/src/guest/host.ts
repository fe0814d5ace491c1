import type { HostPort } from './wall/protocol.ts'

/** The process around the isolate. Set once, before user code runs; nothing hands it on. */
export let host: HostPort

export function connect(port: HostPort): void {
  host = port
}
