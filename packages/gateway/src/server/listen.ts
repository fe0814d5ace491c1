import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HitherError } from '@hither/core'
import { FREE_PORTS_TRIED_MAX } from '../limits.ts'

/**
 * Listens on both loopback addresses, and on nothing else, under one port; 0 takes a free one. `localhost` means either, so
 * whoever had the other one would be asked in our place. Gives the port. Throws `port-in-use`, `bad-config`.
 */
export async function listenOnLoopback(v4: Server, v6: Server, port: number): Promise<number> {
  for (let triesLeft = FREE_PORTS_TRIED_MAX; ; triesLeft--) {
    await listen(v4, '127.0.0.1', port)
    const taken = (v4.address() as AddressInfo).port
    try {
      await listen(v6, '::1', taken)
      return taken
    } catch (error) {
      if (isWithoutIpv6(error)) return taken
      v4.close()
      if (port !== 0 || triesLeft === 0) throw error
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port, exclusive: true })
  try {
    await once(server, 'listening')
  } catch (cause) {
    if (codeOf(cause) === 'EADDRINUSE') {
      throw new HitherError('port-in-use', `port ${port} of ${host} is taken`, {
        why: 'another program, perhaps the gateway of another peer, listens there',
        fix: 'stop it, or choose another port; port 0 takes any free one',
        cause,
      })
    }
    throw new HitherError('bad-config', `cannot listen on port ${port} of ${host}`, {
      why: cause instanceof Error ? cause.message : String(cause),
      fix: 'choose another port: those below 1024 may be for administrators only',
      cause,
    })
  }
}

function isWithoutIpv6(error: unknown): boolean {
  const code = error instanceof HitherError ? codeOf(error.cause) : undefined
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
