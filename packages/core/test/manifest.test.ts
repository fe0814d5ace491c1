import { describe, expect, it } from 'vitest'
import {
  DEFAULT_LIMITS,
  encodeDag,
  linksOf,
  MANIFEST_MAX_BYTES,
  manifestBlock,
  MAX_LIMITS,
  MEMORY_MIN_MB,
  readLimits,
  readManifest,
} from '../src/index.ts'
import { cidFor, coded, manifest } from './material.ts'

async function encoded(change: Record<string, unknown>): Promise<Uint8Array> {
  return encodeDag({ v: 1, ...(await manifest()), ...change })
}

describe('a manifest', () => {
  it('is read as it was written', async () => {
    const full = await manifest({
      map: await cidFor('map'),
      exports: ['add', 'default'],
      egress: ['api.example.com'],
      effects: 'idempotent',
      needs: ['wasm'],
      flags: ['nodejs_compat'],
      env: { GREETING: 'hi' },
      secrets: ['API_TOKEN'],
    })
    for (const one of [full, await manifest()]) {
      const { cid, bytes } = await manifestBlock(one)
      expect(readManifest(bytes)).toEqual(one)
      expect(cid.code).toBe(0x71)
      expect((await manifestBlock({ ...one })).cid).toEqual(cid)
    }
    expect(linksOf(full)).toEqual([full.bundle, full.map])
    expect(linksOf(await manifest())).toHaveLength(1)
  })

  it('has the CID that it had before manifests could name secrets, where it names none', async () => {
    const { cid } = await manifestBlock(await manifest())
    expect(cid.toString()).toBe('bafyreieiy6lacpafwgz3rbjvd3yijduwllpq2ysjbmsskhorvsexy3qf3i')
  })

  it.each([
    ['a secret that could be no variable', { secrets: ['API-TOKEN'] }],
    ['secrets with values', { secrets: { A: 'b' } }],
    ['a need that nobody knows', { needs: ['gpu'] }],
    ['a bundle that is no link', { bundle: 'text' }],
    ['a map that is no link', { map: 1 }],
    ['unknown effects', { effects: 'some' }],
    ['an unknown visibility', { visibility: 'secret' }],
    ['env that is no text', { env: { A: 1 } }],
    ['too much memory', { limits: { memoryMb: MAX_LIMITS.memoryMb + 1 } }],
    ['an unknown limit', { limits: { diskMb: 1 } }],
    ['no date', { compat: 'today' }],
    ['another version', { v: 2 }],
  ])('is refused with %s', async (_, change) => {
    const bytes = await encoded(change)
    expect(() => readManifest(bytes)).toThrow(coded('bad-manifest'))
  })

  it('is refused when it is no map, no CBOR, or too long', async () => {
    for (const bytes of [
      encodeDag([]),
      Uint8Array.of(0xff),
      new Uint8Array(MANIFEST_MAX_BYTES + 1),
      new Uint8Array(0),
    ]) {
      expect(() => readManifest(bytes)).toThrow(coded('bad-manifest'))
    }
    const large = await manifest({ env: { LARGE: 'x'.repeat(MANIFEST_MAX_BYTES) } })
    await expect(manifestBlock(large)).rejects.toMatchObject({ code: 'bad-manifest', fix: expect.any(String) })
  })
})

describe('readLimits', () => {
  it('fills in what is not said', () => {
    expect(readLimits(undefined, 'bad-config')).toEqual(DEFAULT_LIMITS)
    expect(readLimits({ cpuMs: 5 }, 'bad-config')).toEqual({ ...DEFAULT_LIMITS, cpuMs: 5 })
  })

  it.each([
    { memoryMb: MEMORY_MIN_MB - 1 },
    { cpuMs: 0 },
    { wallMs: MAX_LIMITS.wallMs + 1 },
    { bodyBytes: -1 },
    { cpuMs: '5' },
    { cpuMs: Number.NaN },
    { cpuMS: 5 },
    [],
    'much',
  ])('refuses %j', (value) => {
    expect(() => readLimits(value, 'bad-config')).toThrow(coded('bad-config'))
  })
})
