import { within } from '@hither/core'
import { connect, isIP, type LookupFunction, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { CONNECT_MAX_MS, RESOLVE_MAX_MS } from './limits.ts'
import { Refused, type Target } from './policy.ts'
import { addressesOf, type Resolve } from './resolve.ts'

export interface DialInit {
  resolve: Resolve
  /** Throws `Refused` where an address may not be reached. */
  check: (address: string) => void
  signal: AbortSignal
}

/**
 * Connects to a host by an address that was checked, and no other: it is looked up once, those of its addresses that may not be
 * reached are left out, and the one that answered is checked once more. Nothing was sent yet. Throws `Refused`.
 */
export async function dial(target: Target, { resolve, check, signal }: DialInit): Promise<Socket> {
  const addresses = allowed(await found(target, resolve, signal), check)
  signal.throwIfAborted()
  using timed = within(CONNECT_MAX_MS, signal)
  const socket = connect({ ...target, lookup: lookupIn(addresses), autoSelectFamily: true, noDelay: true })
  try {
    await connected(socket, 'connect', timed.signal)
    const { remoteAddress } = socket
    if (remoteAddress === undefined) throw new Error('the connection broke')
    check(remoteAddress)
    return target.secure ? await secured(socket, target, timed.signal) : socket
  } catch (thrown) {
    socket.destroy()
    throw thrown instanceof Refused || signal.aborted ? thrown : new Refused(failure(target, thrown))
  }
}

async function found({ host }: Target, resolve: Resolve, signal: AbortSignal): Promise<string[]> {
  using looking = within(RESOLVE_MAX_MS, signal)
  const addresses = await addressesOf(host, resolve, looking.signal).catch(() => [])
  if (addresses.length === 0) throw new Refused(`no address was found for ${host}`)
  return addresses
}

/** Throws why the first may not be reached, where none may. */
function allowed(addresses: readonly string[], check: DialInit['check']): string[] {
  const refusals: unknown[] = []
  const rest = addresses.filter((address) => {
    try {
      check(address)
      return true
    } catch (refusal) {
      refusals.push(refusal)
      return false
    }
  })
  if (rest.length === 0) throw refusals[0]
  return rest
}

async function secured(socket: Socket, { host }: Target, signal: AbortSignal): Promise<Socket> {
  const tls = connectTls({
    socket,
    host,
    // A server name is a name: addresses are looked for in the certificate alone.
    ...(isIP(host) === 0 && { servername: host }),
    ALPNProtocols: ['http/1.1'],
    // Whatever the environment says.
    rejectUnauthorized: true,
  })
  await connected(tls, 'secureConnect', signal)
  return tls
}

function connected(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const abort = (): void => void socket.destroy(signal.reason as Error)
  socket.once(event, () => resolve())
  // It stays: a socket that nobody listens to would throw at us.
  socket.on('error', reject)
  socket.once('close', () => reject(new Error('the connection was closed')))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort)
  return promise.finally(() => signal.removeEventListener('abort', abort))
}

/** Node asks for one address or for all. */
function lookupIn(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_, options, done) => {
    if (options.all === true) done(null, all)
    else done(null, all[0]?.address ?? '', all[0]?.family)
  }
}

/** Of the system's words only its code: they name addresses of this machine. */
function failure({ host, port }: Target, thrown: unknown): string {
  const { name, code, errors } = thrown as { name?: string; code?: unknown; errors?: { code?: unknown }[] }
  if (name === 'TimeoutError') return `${host} did not answer on port ${port} within ${CONNECT_MAX_MS} ms`
  const word = code ?? errors?.[0]?.code
  return `${host} could not be reached on port ${port}${typeof word === 'string' ? ` (${word})` : ''}`
}
