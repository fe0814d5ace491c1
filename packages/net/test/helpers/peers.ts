import type { JoinProgress, LinkEvent, Links, Options, PeerId, Services } from '@hither/core'
import { onTestFinished } from 'vitest'
import { net, type NetComponents, type NetInit } from '../../src/index.ts'
import { addressOf } from './address.ts'
import { services } from './services.ts'

export { addressOf }

let seeds = 0

/** 32 bytes, different each time. */
export function seed(): Uint8Array {
  const bytes = new Uint8Array(32).fill(7)
  new DataView(bytes.buffer).setUint32(0, ++seeds)
  return bytes
}

export interface PeerOptions {
  services?: Services
  init?: Partial<NetInit>
  components?: Partial<NetComponents>
}

/** A peer on a free port of 127.0.0.1 that is stopped with the test. */
export async function peer({ services: given, init, components }: PeerOptions = {}): Promise<Links> {
  const links = net({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, ...init })({ seed: seed(), ...components })
  onTestFinished(() => links.stop())
  await links.start(given ?? services())
  return links
}

/** Two peers, linked both ways. */
export async function pair(a: Services = services(), b: Services = services()): Promise<[Links, Links]> {
  const one = await peer({ services: a })
  const other = await peer({ services: b })
  await link(one, addressOf(other), other)
  return [one, other]
}

/** Joins and waits until both sides have the link. */
export async function link(from: Links, address: string, to: Links): Promise<void> {
  const seen = until(to, 'up', from.self)
  await from.join(address)
  await seen
}

/** For a join whose time is over after so many tries, however long they take. */
export function afterTries(most: number): Options<JoinProgress> {
  const control = new AbortController()
  let failed = 0
  return {
    signal: control.signal,
    onProgress() {
      failed += 1
      if (failed === most) control.abort(new DOMException('its time is over', 'TimeoutError'))
    },
  }
}

/** The next event of a type about a peer; `up` and `down` also where it is so already. */
export function until<T extends LinkEvent['type']>(
  links: Links,
  type: T,
  about: PeerId,
): Promise<Extract<LinkEvent, { type: T }> | undefined> {
  return new Promise((resolve) => {
    const linked = links.list().some((one) => one.peer === about)
    if ((type === 'up' && linked) || (type === 'down' && !linked)) return resolve(undefined)
    const stop = links.listen((event) => {
      if (event.type !== type || event.peer !== about) return
      stop()
      resolve(event as Extract<LinkEvent, { type: T }>)
    })
  })
}
