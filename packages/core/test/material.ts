import { hash } from 'node:crypto'
import { expect } from 'vitest'
import { blockOf, DEFAULT_LIMITS, HitherError, type CID, type ErrorCode, type Manifest } from '../src/index.ts'

export const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'))

export async function cidFor(text: string): Promise<CID> {
  return (await blockOf(utf8(text), 'raw')).cid
}

export async function manifest(change: Partial<Manifest> = {}): Promise<Manifest> {
  return {
    bundle: await cidFor('bundle'),
    exports: ['default'],
    limits: DEFAULT_LIMITS,
    egress: [],
    effects: 'pure',
    needs: [],
    env: {},
    visibility: 'public',
    compat: '2026-11-01',
    ...change,
  }
}

/** What an error with this code looks like, thrown or rejected. */
export function coded(code: string): unknown {
  return expect.objectContaining({ code })
}

/** How something went: `fine`, or the code of the error that it threw; what is no HitherError goes on its way. */
export function outcomeOf(run: () => void): 'fine' | ErrorCode {
  try {
    run()
    return 'fine'
  } catch (thrown) {
    if (thrown instanceof HitherError) return thrown.code
    throw thrown
  }
}
